//@ code: D0003
//@ domain
pub struct Cents(pub u64);

impl std::ops::Add for Cents {
    type Output = Cents;

    fn add(self, other: Cents) -> Cents {
        let tax = std::env::var("TAX").ok().and_then(|tax| tax.parse().ok()).unwrap_or(0); //~
        Cents(self.0 + other.0 + tax)
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok((Cents(1) + Cents(2)).0)
}
