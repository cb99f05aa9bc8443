//! The object code of a build as a graph: functions and data are its nodes, relocations its edges.
//!
//! Whatever a function may call has a relocation in it: a direct call, the address of a function,
//! a vtable. Files are read when the walk first comes to one of their symbols.

mod files;
mod lines;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::HashMap;

use object::read::archive::ArchiveFile;
use object::{BinaryFormat, Object, ObjectSection, SectionIndex, SectionKind};

pub(crate) use files::Files;
pub(crate) use lines::Location;
use unit::{Target, Unit, name_of};

/// A function or a piece of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

impl NodeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where in the object code a reference stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Site {
    member: usize,
    section: SectionIndex,
    offset: u64,
}

/// From a node to what it refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) to: NodeId,
    pub(crate) site: Site,
}

struct Node<'d> {
    name: &'d str,
    /// `None` if none of the files defines it: the standard library, the system.
    place: Option<Site>,
}

/// An object file, alone or in an archive.
struct Member<'d> {
    file: usize,
    data: &'d [u8],
    unit: Option<Unit<'d>>,
}

/// The object code of a build.
pub(crate) struct Program<'d> {
    files: &'d Files,
    members: Vec<Member<'d>>,
    /// Which member defines a global symbol.
    defined: HashMap<&'d str, usize>,
    nodes: Vec<Node<'d>>,
    named: HashMap<&'d str, NodeId>,
    placed: HashMap<Site, NodeId>,
    lines: lines::Lines,
}

impl<'d> Program<'d> {
    /// Lists what the files define.
    pub(crate) fn open(files: &'d Files) -> Result<Self, object::Error> {
        let mut program = Self {
            files,
            members: Vec::new(),
            defined: HashMap::new(),
            nodes: Vec::new(),
            named: HashMap::new(),
            placed: HashMap::new(),
            lines: lines::Lines::default(),
        };
        for (index, data) in files.contents() {
            if data.starts_with(&object::archive::MAGIC) {
                program.add_archive(index, data)?;
            } else {
                let member = program.add_member(index, data);
                program.define_all(member)?;
            }
        }
        Ok(program)
    }

    fn add_member(&mut self, file: usize, data: &'d [u8]) -> usize {
        self.members.push(Member { file, data, unit: None });
        self.members.len() - 1
    }

    /// An archive has a table of its global symbols, so its members need not be read for them.
    fn add_archive(&mut self, file: usize, data: &'d [u8]) -> Result<(), object::Error> {
        let archive = ArchiveFile::parse(data)?;
        let table = archive.symbols()?;
        let has_table = table.is_some();
        let mut by_offset = HashMap::new();
        for member in archive.members() {
            let member = member?;
            let bytes = member.data(data)?;
            // Metadata is in there as well, and is an object file of its own on some systems.
            if member.name() == b"lib.rmeta" || object::FileKind::parse(bytes).is_err() {
                continue;
            }
            let index = self.add_member(file, bytes);
            by_offset.insert(member.file_range().0, index);
            if !has_table {
                self.define_all(index)?;
            }
        }
        let Some(table) = table else { return Ok(()) };
        let format = by_offset.values().next().and_then(|m| format_of(self.members[*m].data));
        for symbol in table {
            let symbol = symbol?;
            let Ok(member) = archive.member(symbol.offset()) else { continue };
            let Some(index) = by_offset.get(&member.file_range().0) else { continue };
            let name = name_of(format.unwrap_or(BinaryFormat::Elf), symbol.name());
            self.defined.entry(name).or_insert(*index);
        }
        Ok(())
    }

    fn define_all(&mut self, member: usize) -> Result<(), object::Error> {
        let unit = Unit::parse(self.members[member].data)?;
        for (_, owner) in unit.owners().filter(|(_, o)| o.is_global) {
            self.defined.entry(owner.name).or_insert(member);
        }
        self.members[member].unit = Some(unit);
        Ok(())
    }

    /// Reads a member. One that cannot be read has nothing in it: the linker would have refused.
    fn unit(&mut self, member: usize) -> Option<&mut Unit<'d>> {
        let member = &mut self.members[member];
        if member.unit.is_none() {
            member.unit = Unit::parse(member.data).ok();
        }
        member.unit.as_mut()
    }

    /// Every function whose mangled name has all of these parts.
    pub(crate) fn named_with(&mut self, parts: &[&str]) -> Vec<NodeId> {
        let Some(first) = parts.first() else { return Vec::new() };
        let files = self.files;
        let mut is_in_file = HashMap::new();
        let is_in_file = |file| *is_in_file.entry(file).or_insert_with(|| files.contains(file, first));
        self.functions(is_in_file, |name| parts.iter().all(|part| name.contains(part)))
    }

    /// Every function of these files whose mangled name fits.
    pub(crate) fn functions(
        &mut self,
        mut is_in: impl FnMut(usize) -> bool,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<NodeId> {
        let mut found = Vec::new();
        for member in 0..self.members.len() {
            if !is_in(self.members[member].file) {
                continue;
            }
            let Some(unit) = self.unit(member) else { continue };
            let places: Vec<_> = unit.owners().filter(|(_, o)| fits(o.name)).collect();
            for (section, owner) in places {
                let site = Site { member, section, offset: owner.start };
                let node = if owner.is_global { self.by_name(owner.name) } else { self.by_place(site) };
                found.push(node);
            }
        }
        found.sort_by_key(|node| (self.name(*node), node.0));
        found.dedup();
        found
    }

    fn by_name(&mut self, name: &'d str) -> NodeId {
        if let Some(node) = self.named.get(name) {
            return *node;
        }
        let place = self.defined.get(name).copied().and_then(|member| {
            let (section, offset) = self.unit(member)?.global(name)?;
            Some(Site { member, section, offset })
        });
        let node = self.add(Node { name, place });
        self.named.insert(name, node);
        node
    }

    fn by_place(&mut self, at: Site) -> NodeId {
        let Some(unit) = self.unit(at.member) else { return self.add(Node { name: "", place: None }) };
        let owner = unit.owner(at.section, at.offset);
        if owner.is_global {
            return self.by_name(owner.name);
        }
        let place = Site { offset: owner.start, ..at };
        if let Some(node) = self.placed.get(&place) {
            return *node;
        }
        let node = self.add(Node { name: owner.name, place: Some(place) });
        self.placed.insert(place, node);
        node
    }

    fn add(&mut self, node: Node<'d>) -> NodeId {
        // A file has fewer symbols than bytes, and 4 GiB of object code is out of reach.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    /// The mangled name; empty if it has none.
    pub(crate) fn name(&self, node: NodeId) -> &'d str {
        self.nodes[node.index()].name
    }

    /// How many nodes are known so far.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Which file defines it.
    pub(crate) fn file(&self, node: NodeId) -> Option<usize> {
        self.nodes[node.index()].place.map(|place| self.members[place.member].file)
    }

    /// Whether it is data that a program may change: a static with interior mutability.
    pub(crate) fn is_writable(&mut self, node: NodeId) -> bool {
        let Some(place) = self.nodes[node.index()].place else { return false };
        let Some(unit) = self.unit(place.member) else { return false };
        let Ok(section) = unit.file.section_by_index(place.section) else { return false };
        // Written by the loader only.
        let is_relro = section.name().is_ok_and(|name| name.contains(".rel.ro") || name.contains("__const"));
        !is_relro && matches!(section.kind(), SectionKind::Data | SectionKind::UninitializedData)
    }

    /// What it refers to.
    pub(crate) fn edges(&mut self, node: NodeId) -> Vec<Edge> {
        let Some(place) = self.nodes[node.index()].place else { return Vec::new() };
        let Some(unit) = self.unit(place.member) else { return Vec::new() };
        let references = unit.references(place.section, place.offset).to_vec();
        let mut edges = Vec::with_capacity(references.len());
        for (offset, target) in references {
            let to = match target {
                Target::Named(name) => self.by_name(name),
                Target::Placed(section, offset) => self.by_place(Site { section, offset, ..place }),
            };
            if to != node {
                edges.push(Edge { to, site: Site { offset, ..place } });
            }
        }
        edges
    }

    /// Where it begins.
    pub(crate) fn definition(&mut self, node: NodeId) -> Option<Location> {
        let place = self.nodes[node.index()].place?;
        self.locate(place)
    }

    /// The source line of a place in the code, if the file has debug information.
    pub(crate) fn locate(&mut self, site: Site) -> Option<Location> {
        self.unit(site.member)?;
        let Self { lines, members, .. } = self;
        let unit = members[site.member].unit.as_ref()?;
        lines.locate(site.member, &unit.file, site.section, site.offset)
    }
}

fn format_of(data: &[u8]) -> Option<BinaryFormat> {
    object::File::parse(data).ok().map(|file| file.format())
}
