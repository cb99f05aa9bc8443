use durable::activity;

enum ChargeError {
    Declined,
}

#[activity]
async fn charge(id: u64) -> Result<u64, ChargeError> {
    if id == 0 {
        return Err(ChargeError::Declined);
    }
    Ok(id)
}

fn main() {}
