//! The crate that is being compiled, read from its own sources: modules, imports, functions,
//! types, statics and macros, as plain data. Read once in each run of rustc, when the first body
//! asks for it; function bodies are looked at when a call leads there.

mod load;
mod lower;
mod methods;
mod source;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::facts::{Mention, PathUse, TypeUse};
use super::judge::Known;
use super::scan::Scope;
use super::session::Session;

pub(crate) use source::Text;

/// A crate.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
    pub(crate) functions: Vec<Function>,
    pub(crate) impls: Vec<Impl>,
    pub(crate) types: Vec<TypeItem>,
    pub(crate) traits: Vec<TraitItem>,
    pub(crate) statics: Vec<Static>,
    /// Numbers in `rules`, by name.
    pub(crate) macros: HashMap<String, Vec<usize>>,
    pub(crate) rules: Vec<MacroItem>,
    /// Canonical.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) file_numbers: HashMap<PathBuf, usize>,
    pub(crate) externs: HashMap<String, String>,
    /// Methods by name, wherever they belong.
    pub(crate) by_name: HashMap<String, Vec<usize>>,
    /// Of `impls`, resolved when it is first asked for.
    blocks: OnceLock<methods::Blocks>,
    pub(crate) known: Known,
}

/// Lines of a file: where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) file: usize,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Lines {
    fn contains(&self, file: usize, line: usize) -> bool {
        self.file == file && (self.first..=self.last).contains(&line)
    }

    fn len(&self) -> usize {
        self.last - self.first
    }
}

#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) parent: Option<usize>,
    pub(crate) lines: Lines,
    pub(crate) types: HashMap<String, TypeName>,
    pub(crate) values: HashMap<String, ValueName>,
    /// `use`, with whether it began with `::`.
    pub(crate) uses: HashMap<String, (Vec<String>, bool)>,
    pub(crate) globs: Vec<Vec<String>>,
}

/// A name before `::`.
#[derive(Clone, Debug)]
pub(crate) enum TypeName {
    Module(usize),
    Type(usize),
    Trait(usize),
    Alias(TypeUse),
}

/// A name of a value.
#[derive(Clone, Debug)]
pub(crate) enum ValueName {
    /// Several under different `cfg`s.
    Function(Vec<usize>),
    /// Constants too.
    Static(usize),
    /// Tuple and unit structs.
    Constructor(usize),
}

#[derive(Debug)]
pub(crate) struct TypeItem {
    pub(crate) name: String,
    pub(crate) module: usize,
    pub(crate) fields: HashMap<String, TypeUse>,
    /// Every name in the types of its fields.
    pub(crate) mentions: Vec<String>,
    /// Of an enum.
    pub(crate) variants: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct TraitItem {
    pub(crate) name: String,
    pub(crate) module: usize,
    /// With a body.
    pub(crate) defaults: HashMap<String, usize>,
    pub(crate) supertraits: Vec<PathUse>,
}

#[derive(Debug)]
pub(crate) struct Impl {
    pub(crate) module: usize,
    pub(crate) lines: Lines,
    pub(crate) self_type: TypeUse,
    pub(crate) of: Option<PathUse>,
    pub(crate) methods: HashMap<String, usize>,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) module: usize,
    pub(crate) owner: Owner,
    pub(crate) has_self: bool,
    pub(crate) lines: Lines,
    /// Of the function, and of the `impl` around it.
    pub(crate) attributes: Vec<PathUse>,
    pub(crate) generics: HashMap<String, Vec<PathUse>>,
    pub(crate) parameters: Vec<(String, TypeUse)>,
    pub(crate) output: Option<TypeUse>,
    pub(crate) body: Option<Text>,
    mentions: OnceLock<Vec<Mention<usize>>>,
}

/// What `Self` is in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    None,
    Impl(usize),
    Trait(usize),
}

/// How a named value is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StaticKind {
    Constant,
    Static,
    Mutable,
    ThreadLocal,
}

#[derive(Debug)]
pub(crate) struct Static {
    pub(crate) name: String,
    pub(crate) module: usize,
    pub(crate) lines: Lines,
    pub(crate) ty: TypeUse,
    /// As it was written.
    pub(crate) written: String,
    pub(crate) mentions_types: Vec<String>,
    pub(crate) kind: StaticKind,
    pub(crate) initializer: Option<Text>,
    mentions: OnceLock<Vec<Mention<usize>>>,
}

#[derive(Debug)]
pub(crate) struct MacroItem {
    pub(crate) name: String,
    pub(crate) module: usize,
    pub(crate) lines: Lines,
    pub(crate) rules: Text,
    mentions: OnceLock<Vec<Mention<usize>>>,
}

/// A place in the crate, from which names are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) module: usize,
    pub(crate) owner: Owner,
}

impl Crate {
    /// The crate of this run of rustc, if its sources can be read.
    pub(crate) fn current() -> Option<&'static Crate> {
        static CURRENT: OnceLock<Option<Crate>> = OnceLock::new();
        CURRENT.get_or_init(|| Crate::read(Session::current()?)).as_ref()
    }

    /// Reads a crate.
    pub(crate) fn read(session: &Session) -> Option<Crate> {
        source::isolated(|| load::load(session))
    }

    /// A crate of which nothing is known: one empty module.
    pub(crate) fn without_sources() -> Crate {
        let lines = Lines { file: 0, first: 0, last: 0 };
        let (types, values, uses) = (HashMap::new(), HashMap::new(), HashMap::new());
        let root = Module { parent: None, lines, types, values, uses, globs: Vec::new() };
        Crate { modules: vec![root], ..Crate::default() }
    }

    /// The innermost module, and the `impl` or trait, around a line of a file.
    pub(crate) fn place(&self, file: &Path, line: usize) -> Option<Place> {
        let file = file.canonicalize().ok()?;
        let file = *self.file_numbers.get(&file)?;
        let around = self.modules.iter().enumerate().filter(|(_, module)| module.lines.contains(file, line));
        let (module, _) = around.min_by_key(|(_, module)| module.lines.len())?;
        let impls = self.impls.iter().enumerate().filter(|(_, block)| block.lines.contains(file, line));
        let owner =
            impls.min_by_key(|(_, block)| block.lines.len()).map_or(Owner::None, |(block, _)| Owner::Impl(block));
        Some(Place { module, owner })
    }

    /// The names that a function has from the function that it stands in, as those of tests do.
    pub(crate) fn scope_around(&self, file: &Path, line: usize) -> Scope {
        let file = file.canonicalize().ok().and_then(|file| self.file_numbers.get(&file));
        // Those that begin on this line could be the function itself.
        let contains = |f: &&Function| file.is_some_and(|file| f.lines.first < line && f.lines.contains(*file, line));
        let innermost = self.functions.iter().filter(contains).min_by_key(|function| function.lines.len());
        let body = innermost.and_then(|function| function.body.as_ref());
        body.map(|body| source::isolated(|| lower::scope_at(body, line))).unwrap_or_default()
    }

    /// Whether what stands in the arguments of a macro of this name never runs.
    pub(crate) fn is_quoted(&self, by: Option<&str>) -> bool {
        by.is_some_and(|name| !self.macros.contains_key(name))
    }

    /// The path of a file as rustc shows it: from where it runs, or from the package.
    pub(crate) fn shown(&self, file: usize) -> String {
        let path = &self.files[file];
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let bases = std::env::current_dir().ok().into_iter().chain(package);
        let mut bases = bases.filter_map(|base| base.canonicalize().ok());
        let short = bases.find_map(|base| path.strip_prefix(base).ok().map(Path::to_path_buf));
        short.as_ref().unwrap_or(path).display().to_string()
    }
}

impl Function {
    pub(crate) fn mentions(&self) -> &[Mention<usize>] {
        self.mentions.get_or_init(|| {
            let scope = || lower::scope_of(&self.generics, &self.parameters);
            self.body.as_ref().map(|body| source::isolated(|| lower::body(body, scope()))).unwrap_or_default()
        })
    }
}

impl Static {
    pub(crate) fn mentions(&self) -> &[Mention<usize>] {
        self.mentions.get_or_init(|| {
            self.initializer.as_ref().map(|text| source::isolated(|| lower::initializer(text))).unwrap_or_default()
        })
    }
}

impl MacroItem {
    pub(crate) fn mentions(&self) -> &[Mention<usize>] {
        self.mentions.get_or_init(|| source::isolated(|| lower::rules(&self.rules)))
    }
}
