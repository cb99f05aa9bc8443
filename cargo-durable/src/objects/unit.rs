//! One object file: which symbol owns which bytes, and what its relocations refer to.

use std::collections::HashMap;

use object::{
    Architecture, BinaryFormat, Object, ObjectSection, ObjectSymbol, Relocation, RelocationKind, RelocationTarget,
    SectionIndex, SymbolKind,
};

/// A symbol's bytes begin here and go to the next one's. ELF and COFF have one section for each
/// function, Mach-O has one for all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'d> {
    pub(crate) start: u64,
    /// Empty if it has none that means anything.
    pub(crate) name: &'d str,
    pub(crate) is_global: bool,
}

/// What a relocation refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'d> {
    /// A global symbol, defined here or elsewhere.
    Named(&'d str),
    /// A place in this file.
    Placed(SectionIndex, u64),
}

/// An object file, read.
pub(crate) struct Unit<'d> {
    pub(crate) file: object::File<'d>,
    owners: HashMap<SectionIndex, Vec<Owner<'d>>>,
    globals: HashMap<&'d str, (SectionIndex, u64)>,
    /// By offset; read when first asked for.
    relocations: HashMap<SectionIndex, Vec<(u64, Target<'d>)>>,
}

impl<'d> Unit<'d> {
    pub(crate) fn parse(data: &'d [u8]) -> Result<Self, object::Error> {
        let file = object::File::parse(data)?;
        let mut owners: HashMap<SectionIndex, Vec<Owner<'d>>> = HashMap::new();
        let mut globals = HashMap::new();
        for symbol in file.symbols() {
            let Some(section) = symbol.section_index() else { continue };
            if matches!(symbol.kind(), SymbolKind::Section | SymbolKind::File) {
                continue;
            }
            let Ok(written) = symbol.name_bytes().map(|name| name_of(file.format(), name)) else { continue };
            // Labels of the assembler: of a section's first function, and of code and data in ARM.
            if written.starts_with("ltmp") || written.starts_with('$') {
                continue;
            }
            let name = if is_private(written) { "" } else { written };
            let start = symbol.address().wrapping_sub(base(&file, section));
            let is_global = symbol.is_global() && !name.is_empty();
            owners.entry(section).or_default().push(Owner { start, name, is_global });
            if is_global {
                globals.insert(name, (section, start));
            }
        }
        for owners in owners.values_mut() {
            // Of several names for one place the global one is known elsewhere.
            owners.sort_by_key(|o| (o.start, !o.is_global, o.name.is_empty()));
            owners.dedup_by_key(|o| o.start);
        }
        Ok(Self { file, owners, globals, relocations: HashMap::new() })
    }

    /// Every symbol that is defined here, with its section.
    pub(crate) fn owners(&self) -> impl Iterator<Item = (SectionIndex, Owner<'d>)> {
        self.owners.iter().flat_map(|(section, owners)| owners.iter().map(|o| (*section, *o)))
    }

    /// Where a global symbol is defined.
    pub(crate) fn global(&self, name: &str) -> Option<(SectionIndex, u64)> {
        self.globals.get(name).copied()
    }

    /// Whose bytes these are. A section without symbols is one anonymous owner.
    pub(crate) fn owner(&self, section: SectionIndex, offset: u64) -> Owner<'d> {
        let owners = self.owners.get(&section).map_or(&[][..], Vec::as_slice);
        let after = owners.partition_point(|o| o.start <= offset);
        let anonymous = Owner { start: 0, name: "", is_global: false };
        owners.get(after.saturating_sub(1)).copied().unwrap_or(anonymous)
    }

    /// What the bytes of an owner refer to, with the place of each reference.
    pub(crate) fn references(&mut self, section: SectionIndex, start: u64) -> &[(u64, Target<'d>)] {
        let end = self.owners.get(&section).and_then(|owners| {
            let after = owners.partition_point(|o| o.start <= start);
            owners.get(after).map(|o| o.start)
        });
        let Self { file, relocations, .. } = self;
        let all = relocations.entry(section).or_insert_with(|| read_relocations(file, section));
        let from = all.partition_point(|(offset, _)| *offset < start);
        let to = end.map_or(all.len(), |end| all.partition_point(|(offset, _)| *offset < end));
        &all[from..to.max(from)]
    }
}

fn read_relocations<'d>(file: &object::File<'d>, section: SectionIndex) -> Vec<(u64, Target<'d>)> {
    let Ok(section) = file.section_by_index(section) else { return Vec::new() };
    let data = section.data().unwrap_or_default();
    let mut targets: Vec<_> = section
        .relocations()
        .filter_map(|(offset, relocation)| {
            let implicit = if relocation.has_implicit_addend() { stored(data, offset, relocation.size()) } else { 0 };
            let addend = relocation.addend().wrapping_add(implicit);
            Some((offset, target(file, section.address() + offset, &relocation, addend)?))
        })
        .collect();
    targets.sort_by_key(|(offset, _)| *offset);
    targets
}

fn target<'d>(file: &object::File<'d>, at: u64, relocation: &Relocation, addend: i64) -> Option<Target<'d>> {
    match relocation.target() {
        RelocationTarget::Symbol(index) => {
            let symbol = file.symbol_by_index(index).ok()?;
            let name = name_of(file.format(), symbol.name_bytes().ok()?);
            let Some(section) = symbol.section_index() else {
                return (!name.is_empty()).then_some(Target::Named(name));
            };
            if symbol.is_global() && !is_private(name) {
                return Some(Target::Named(name));
            }
            let place = symbol.address().wrapping_sub(base(file, section));
            if symbol.kind() != SymbolKind::Section {
                return Some(Target::Placed(section, place));
            }
            let within = addend.saturating_add(bias(file, relocation)).max(0).unsigned_abs();
            Some(Target::Placed(section, place + within))
        }
        // Mach-O: an address in the file.
        RelocationTarget::Section(section) => {
            let address = match relocation.kind() {
                RelocationKind::Relative => at.wrapping_add_signed(addend).wrapping_add(4),
                _ => addend.max(0).unsigned_abs(),
            };
            Some(Target::Placed(section, address.saturating_sub(base(file, section))))
        }
        _ => None,
    }
}

/// x86 counts from the end of the field, which is four bytes long.
fn bias(file: &object::File<'_>, relocation: &Relocation) -> i64 {
    let is_x86 = matches!(file.architecture(), Architecture::X86_64 | Architecture::I386);
    let is_relative = matches!(
        relocation.kind(),
        RelocationKind::Relative | RelocationKind::PltRelative | RelocationKind::GotRelative
    );
    if is_x86 && is_relative && file.format() == BinaryFormat::Elf { 4 } else { 0 }
}

/// The addend that stands in the bytes themselves.
fn stored(data: &[u8], offset: u64, bits: u8) -> i64 {
    let Ok(at) = usize::try_from(offset) else { return 0 };
    let Some(bytes) = data.get(at..) else { return 0 };
    match (bits, bytes) {
        (64, [a, b, c, d, e, f, g, h, ..]) => i64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        (32, [a, b, c, d, ..]) => i64::from(i32::from_le_bytes([*a, *b, *c, *d])),
        _ => 0,
    }
}

fn base(file: &object::File<'_>, section: SectionIndex) -> u64 {
    file.section_by_index(section).map_or(0, |s| s.address())
}

/// Mach-O puts `_` before every name.
pub(crate) fn name_of(format: BinaryFormat, name: &[u8]) -> &str {
    let name = std::str::from_utf8(name).unwrap_or_default();
    if format == BinaryFormat::MachO { name.strip_prefix('_').unwrap_or(name) } else { name }
}

/// Names that the compiler gives to constants, and that differ from file to file.
fn is_private(name: &str) -> bool {
    name.starts_with(".L") || name.starts_with("l_") || name.starts_with("L_") || name.starts_with("anon.")
}
