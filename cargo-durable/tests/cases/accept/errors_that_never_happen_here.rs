//@ domain
#[derive(Debug)]
pub enum Trouble {
    Io(std::io::Error),
    Variable(std::env::VarError),
    Time(std::time::SystemTimeError),
    Number(std::num::ParseIntError),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Io(e) => write!(f, "{e}: {e:?}"),
            Trouble::Variable(e) => write!(f, "{e}"),
            Trouble::Time(e) => write!(f, "{e}"),
            Trouble::Number(e) => write!(f, "{e}"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<std::io::Error> for Trouble {
    fn from(e: std::io::Error) -> Self {
        Trouble::Io(e)
    }
}

impl From<std::num::ParseIntError> for Trouble {
    fn from(e: std::num::ParseIntError) -> Self {
        Trouble::Number(e)
    }
}

pub fn number(text: &str) -> Result<u64, Trouble> {
    if text.len() > 20 {
        return Err(std::io::Error::other("too long").into());
    }
    Ok(text.parse()?)
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(number("12")?)
}
