//! From a place in the object code to `file:line`, through its DWARF line tables.
//!
//! The files are not linked, so addresses in debug information are relocations as well. Every
//! section is given a distinct base far from the others, and relocations are applied to that.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use gimli::{EndianSlice, LittleEndian, Reader, RelocateReader};
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionIndex};

/// Sections are smaller than this.
const SECTION_STEP: u64 = 1 << 32;

/// A line of source code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Location {
    /// As the compiler names it.
    pub(crate) file: String,
    pub(crate) line: u64,
}

/// The line tables that have been read.
#[derive(Default)]
pub(crate) struct Lines(HashMap<usize, Vec<Row>>);

/// From this address up to `end` it is this line.
struct Row {
    start: u64,
    end: u64,
    location: Location,
}

impl Lines {
    pub(crate) fn locate(
        &mut self,
        member: usize,
        file: &object::File<'_>,
        section: SectionIndex,
        offset: u64,
    ) -> Option<Location> {
        // A file without (readable) debug information has no rows: the hop has no line then.
        let rows = self.0.entry(member).or_insert_with(|| read(file).unwrap_or_default());
        let address = address_of(file, section, offset);
        // Starts are sorted, and ranges do not overlap.
        let after = rows.partition_point(|row| row.start <= address);
        let row = rows.get(after.checked_sub(1)?)?;
        (address < row.end).then(|| row.location.clone())
    }
}

fn address_of(file: &object::File<'_>, section: SectionIndex, offset: u64) -> u64 {
    let own = file.section_by_index(section).map_or(0, |s| s.address());
    section.0 as u64 * SECTION_STEP + own + offset
}

#[derive(Debug, Default)]
struct Relocations(HashMap<usize, u64>);

impl gimli::read::Relocate for &Relocations {
    fn relocate_address(&self, offset: usize, value: u64) -> gimli::Result<u64> {
        Ok(self.0.get(&offset).copied().unwrap_or(value))
    }
    fn relocate_offset(&self, offset: usize, value: usize) -> gimli::Result<usize> {
        Ok(self.0.get(&offset).and_then(|v| usize::try_from(*v).ok()).unwrap_or(value))
    }
}

type Slice<'a> = RelocateReader<EndianSlice<'a, LittleEndian>, &'a Relocations>;

fn read(file: &object::File<'_>) -> gimli::Result<Vec<Row>> {
    let load = |id: gimli::SectionId| -> (Cow<'_, [u8]>, Relocations) {
        // Mach-O: `__debug_line`; object maps the name.
        let Some(section) = file.section_by_name(id.name()) else { return Default::default() };
        let data = section.uncompressed_data().unwrap_or_default();
        let relocations = relocations(file, &section, &data);
        (data, relocations)
    };
    let sections = gimli::DwarfSections::load(|id| Ok::<_, gimli::Error>(load(id)))?;
    let dwarf =
        sections.borrow(|(data, relocations)| RelocateReader::new(EndianSlice::new(data, LittleEndian), relocations));
    let mut rows = Vec::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let unit = dwarf.unit(header)?;
        read_unit(&dwarf, &unit, &mut rows)?;
    }
    rows.sort_by_key(|row| row.start);
    Ok(rows)
}

fn read_unit<'a>(
    dwarf: &gimli::Dwarf<Slice<'a>>,
    unit: &gimli::Unit<Slice<'a>>,
    rows: &mut Vec<Row>,
) -> gimli::Result<()> {
    let Some(program) = unit.line_program.clone() else { return Ok(()) };
    let directory = match &unit.comp_dir {
        Some(directory) => directory.to_string_lossy()?.into_owned(),
        None => String::new(),
    };
    let mut names: HashMap<u64, String> = HashMap::new();
    let mut program = program.rows();
    let mut previous: Option<(u64, u64, u64)> = None;
    while let Some((header, row)) = program.next_row()? {
        if let Some((start, file, line)) = previous
            && start < row.address()
        {
            let name = match names.entry(file) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(file_name(dwarf, unit, header, file, &directory)?),
            };
            rows.push(Row { start, end: row.address(), location: Location { file: name.clone(), line } });
        }
        previous = if row.end_sequence() {
            None
        } else {
            Some((row.address(), row.file_index(), row.line().map_or(0, std::num::NonZero::get)))
        };
    }
    Ok(())
}

fn file_name<'a>(
    dwarf: &gimli::Dwarf<Slice<'a>>,
    unit: &gimli::Unit<Slice<'a>>,
    header: &gimli::LineProgramHeader<Slice<'a>>,
    file: u64,
    unit_directory: &str,
) -> gimli::Result<String> {
    let Some(entry) = header.file(file) else { return Ok(String::new()) };
    let text = |value| -> gimli::Result<String> { Ok(dwarf.attr_string(unit, value)?.to_string_lossy()?.into_owned()) };
    let name = text(entry.path_name())?;
    let directory = entry.directory(header).map(text).transpose()?.unwrap_or_default();
    Ok(join(unit_directory, &join(&directory, &name)))
}

/// On the path of the machine that compiled it, which may be of another system than this one.
fn join(directory: &str, name: &str) -> String {
    let is_absolute = name.starts_with('/') || name.get(1..3).is_some_and(|s| s == ":\\" || s == ":/");
    if is_absolute || directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

fn relocations<'d>(file: &object::File<'d>, section: &impl ObjectSection<'d>, data: &[u8]) -> Relocations {
    let base = |index: SectionIndex| {
        let is_debug = file
            .section_by_index(index)
            .is_ok_and(|s| s.name().is_ok_and(|name| name.starts_with(".debug") || name.starts_with("__debug")));
        if is_debug { 0 } else { index.0 as u64 * SECTION_STEP }
    };
    let mut values = HashMap::new();
    for (offset, relocation) in section.relocations() {
        let target = match relocation.target() {
            RelocationTarget::Symbol(index) => {
                let Ok(symbol) = file.symbol_by_index(index) else { continue };
                let Some(section) = symbol.section_index() else { continue };
                base(section) + symbol.address()
            }
            RelocationTarget::Section(index) => base(index),
            _ => continue,
        };
        let Ok(at) = usize::try_from(offset) else { continue };
        let implicit = if relocation.has_implicit_addend() { stored(data, at, relocation.size()) } else { 0 };
        values.insert(at, target.wrapping_add_signed(relocation.addend()).wrapping_add(implicit));
    }
    Relocations(values)
}

fn stored(data: &[u8], at: usize, bits: u8) -> u64 {
    let bytes = data.get(at..at + usize::from(bits / 8)).unwrap_or_default();
    bytes.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}
