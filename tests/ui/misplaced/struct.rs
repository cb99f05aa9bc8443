use durable::activity;

#[activity]
pub struct Work {
    pub n: u64,
}

fn main() {
    let _ = Work { n: 1 };
}
