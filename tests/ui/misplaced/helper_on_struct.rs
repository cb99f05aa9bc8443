#[durable::helper]
struct Work;

fn main() {
    let _ = Work;
}
