//@ code: D0003
//@ domain
pub trait Rule: Sync {
    fn applies(&self) -> bool;
}

struct Always;

impl Rule for Always {
    fn applies(&self) -> bool {
        true
    }
}

struct InProduction;

impl Rule for InProduction {
    fn applies(&self) -> bool {
        std::env::var_os("PRODUCTION").is_some() //~
    }
}

pub static RULES: [&dyn Rule; 2] = [&Always, &InProduction];
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(RULES.iter().filter(|rule| rule.applies()).count() as u64)
}
