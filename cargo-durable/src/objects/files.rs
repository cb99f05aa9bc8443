//! The files of a build, in memory.

use std::path::{Path, PathBuf};
use std::{fs, io};

use memchr::memmem;

/// Read whole: mapping them into memory would need `unsafe`.
#[derive(Default)]
pub(crate) struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<()> {
        self.0.push((path.to_owned(), fs::read(path)?));
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn add(&mut self, data: Vec<u8>) {
        self.0.push((PathBuf::new(), data));
    }

    pub(crate) fn contents(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.0.iter().enumerate().map(|(index, (_, data))| (index, data.as_slice()))
    }

    /// Whether the file has this text somewhere: cheaper than reading its symbols.
    pub(crate) fn contains(&self, file: usize, text: &str) -> bool {
        memmem::find(&self.0[file].1, text.as_bytes()).is_some()
    }
}
