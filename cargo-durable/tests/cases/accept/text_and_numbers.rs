//@ domain
pub fn report(numbers: &[f64]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    let words: Vec<String> = sorted.iter().map(|n| format!("{n:>8.2}")).collect();
    format!("{} ({:.3}, {:e}, {:?})", words.join("|").to_uppercase(), mean.powf(1.5).sin(), mean, sorted.first())
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(report(&[3.0, 1.0, 2.5]).chars().rev().filter(char::is_ascii_digit).count() as u64)
}
