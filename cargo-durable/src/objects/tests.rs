//! The same program in every object format: what Linux, macOS and Windows compile it to.

use object::write::{Object, Relocation, StandardSection, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind, SymbolFlags,
    SymbolKind, SymbolScope,
};

use super::{Files, Program};

/// `root` calls `near`, and names a table with the address of `far`, which is defined elsewhere.
fn object_file(format: BinaryFormat, architecture: Architecture) -> Vec<u8> {
    let mut object = Object::new(format, architecture, Endianness::Little);
    let text = object.section_id(StandardSection::Text);
    let data = object.section_id(StandardSection::ReadOnlyDataWithRel);
    let symbol = |object: &mut Object<'_>, name: &str, kind, scope, section| -> SymbolId {
        object.add_symbol(Symbol {
            name: name.into(),
            value: 0,
            size: 0,
            kind,
            scope,
            weak: false,
            section,
            flags: SymbolFlags::None,
        })
    };
    let undefined = SymbolSection::Undefined;
    let root = symbol(&mut object, "root", SymbolKind::Text, SymbolScope::Linkage, undefined);
    let near = symbol(&mut object, "near", SymbolKind::Text, SymbolScope::Linkage, undefined);
    let table = symbol(&mut object, "l_table", SymbolKind::Data, SymbolScope::Compilation, undefined);
    let far = symbol(&mut object, "far", SymbolKind::Text, SymbolScope::Unknown, undefined);
    let root_at = object.add_symbol_data(root, text, &[0; 32], 16);
    object.add_symbol_data(near, text, &[0; 16], 16);
    let table_at = object.add_symbol_data(table, data, &[0; 8], 8);

    let call = match architecture {
        Architecture::Aarch64 => (RelocationEncoding::AArch64Call, 26),
        _ => (RelocationEncoding::X86Branch, 32),
    };
    let mut relocate = |section, offset, symbol, kind, (encoding, size)| {
        let flags = RelocationFlags::Generic { kind, encoding, size };
        let addend = if kind == RelocationKind::Relative && size == 32 { -4 } else { 0 };
        object.add_relocation(section, Relocation { offset, symbol, addend, flags }).expect("the format has it");
    };
    let absolute = (RelocationEncoding::Generic, 64);
    relocate(text, root_at + 4, near, RelocationKind::Relative, call);
    relocate(text, root_at + 16, table, RelocationKind::Absolute, absolute);
    relocate(data, table_at, far, RelocationKind::Absolute, absolute);
    object.write().expect("it can be written")
}

#[track_caller]
fn check(format: BinaryFormat, architecture: Architecture) {
    let mut files = Files::default();
    files.add(object_file(format, architecture));
    let mut program = Program::open(&files).expect("it can be read");

    let roots = program.named_with(&["root"]);
    assert_eq!(roots.len(), 1, "{format:?}: one function is named so");
    let edges = program.edges(roots[0]);
    let [near, table] = edges[..] else { panic!("{format:?}: {} references instead of two", edges.len()) };
    assert_eq!(program.name(near.to), "near", "{format:?}");
    assert!(program.file(near.to).is_some(), "{format:?}: it is defined");
    assert!(program.edges(near.to).is_empty(), "{format:?}: what stands before it is not its own");

    let edges = program.edges(table.to);
    let [far] = edges[..] else { panic!("{format:?}: the table has {} references", edges.len()) };
    assert_eq!(program.name(far.to), "far", "{format:?}");
    assert_eq!(program.file(far.to), None, "{format:?}: it is defined nowhere");
}

#[test]
fn elf() {
    check(BinaryFormat::Elf, Architecture::X86_64);
}

#[test]
fn mach_o() {
    check(BinaryFormat::MachO, Architecture::Aarch64);
    check(BinaryFormat::MachO, Architecture::X86_64);
}

#[test]
fn coff() {
    check(BinaryFormat::Coff, Architecture::X86_64);
}
