//@ domain
pub fn checked(numbers: &[u64], place: usize) -> u64 {
    assert!(place < numbers.len(), "no number at {place} of {numbers:?}");
    let halves = numbers[place].checked_div(2).expect("two is not zero");
    let text: u64 = "17".parse().unwrap();
    if halves > 100 {
        unreachable!("{halves} is too much");
    }
    halves + text / numbers[0]
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(checked(&[1, 2, 3], 1))
}
