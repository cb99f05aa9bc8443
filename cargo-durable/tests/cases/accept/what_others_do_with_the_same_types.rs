//@ domain
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Order {
    pub id: u64,
    pub tags: std::collections::HashSet<String>,
}

impl Order {
    pub fn open() -> Self {
        Self { id: std::process::id().into(), ..Self::default() }
    }

    pub fn total(&self) -> u64 {
        self.id * 2
    }
}

pub fn main_only() -> Order {
    println!("opening");
    Order::open()
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext, order: Order) -> Result<u64> {
    Ok(order.total() + u64::from(order.tags.contains("new")))
}
