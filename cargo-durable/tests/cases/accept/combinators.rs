//@ domain
pub trait Price {
    fn cents(&self) -> u64;
}

struct Fixed(u64);

impl Price for Fixed {
    fn cents(&self) -> u64 {
        self.0
    }
}

pub fn prices() -> Vec<Box<dyn Price>> {
    vec![Box::new(Fixed(1)), Box::new(Fixed(2))]
}
//@ flows
#[activity]
async fn charge(cents: u64) -> Result<u64> {
    Ok(cents + vendored::stamp())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let calls = prices().into_iter().map(|price| ctx.call(charge(price.cents())));
    let charged = durable::try_join_all(calls).limit(2).await?;
    let (a, _) = durable::join!(ctx.call(charge(1)), ctx.timer(std::time::Duration::from_secs(1)));
    let decision = durable::select! {
        d = ctx.event::<u64>("decision") => d,
        _ = ctx.timer(std::time::Duration::from_secs(60)) => 0,
    };
    Ok(charged.iter().sum::<u64>() + a? + decision)
}
