//! Reading the crate's files, module by module.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{
    Attribute, Block, FnArg, Item, ItemImpl, ItemMacro, ItemMod, Pat, ReturnType, Signature, TraitItem as TraitMember,
    Type,
};

use super::source::{Bodies, Text};
use super::{
    Crate, Function, Impl, Lines, MacroItem, Module, Owner, Static, StaticKind, TraitItem, TypeItem, TypeName,
    ValueName,
};
use crate::determinism::facts::PathUse;
use crate::determinism::scan::{Scope, bounds_of, generics_of, names_in, plain, type_use, use_tree};
use crate::determinism::session::Session;
use crate::diagnostics::written;

pub(super) fn load(session: &Session) -> Option<Crate> {
    let root = session.root.canonicalize().ok()?;
    let mut loader = Loader { session, found: Crate { externs: session.externs.clone(), ..Crate::default() } };
    let dir = root.parent()?.to_path_buf();
    loader.file(&root, &dir, None)?;
    let mut found = loader.found;
    for (number, function) in found.functions.iter().enumerate() {
        if function.has_self {
            found.by_name.entry(function.name.clone()).or_default().push(number);
        }
    }
    Some(found)
}

struct Loader<'a> {
    session: &'a Session,
    found: Crate,
}

/// What the items of one file have in common.
struct Here<'a> {
    file: usize,
    /// Where the files of its modules stand.
    dir: &'a Path,
    module: usize,
    bodies: &'a Bodies,
}

impl Here<'_> {
    fn lines(&self, item: &impl Spanned) -> Lines {
        let span = item.span();
        Lines { file: self.file, first: span.start().line, last: span.end().line }
    }
}

impl Loader<'_> {
    /// A file as a module.
    fn file(&mut self, path: &Path, dir: &Path, parent: Option<usize>) -> Option<usize> {
        let text = std::fs::read_to_string(path).ok()?;
        let path = path.canonicalize().ok()?;
        // A file that includes itself is no program, but this must end.
        if self.depth(parent) > 64 {
            return None;
        }
        let files = &mut self.found.files;
        let file = *self.found.file_numbers.entry(path).or_insert_with_key(|path| {
            files.push(path.clone());
            files.len() - 1
        });
        let mut bodies = Bodies::default();
        let lines = text.lines().count().max(1);
        let module = self.module(parent, Lines { file, first: 1, last: lines });
        let items = parsed(&text, &mut bodies)?;
        self.items(&items, &Here { file, dir, module, bodies: &bodies });
        Some(module)
    }

    fn depth(&self, mut module: Option<usize>) -> usize {
        let mut depth = 0;
        while let Some(parent) = module {
            depth += 1;
            module = self.found.modules[parent].parent;
        }
        depth
    }

    fn module(&mut self, parent: Option<usize>, lines: Lines) -> usize {
        self.found.modules.push(Module {
            parent,
            lines,
            types: HashMap::new(),
            values: HashMap::new(),
            uses: HashMap::new(),
            globs: Vec::new(),
        });
        self.found.modules.len() - 1
    }

    fn items(&mut self, items: &[Item], here: &Here<'_>) {
        for item in items {
            self.item(item, here);
        }
    }

    fn item(&mut self, item: &Item, here: &Here<'_>) {
        let scope = Scope::default();
        let attrs: &[Attribute] = match item {
            Item::Fn(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            _ => &[],
        };
        if self.session.excludes(attrs) {
            return;
        }
        match item {
            Item::Use(item) => {
                let rooted = item.leading_colon.is_some();
                let module = &mut self.found.modules[here.module];
                use_tree(&item.tree, &mut |name, target| match name {
                    Some(name) => drop(module.uses.insert(name, (target, rooted))),
                    None => module.globs.push(target),
                });
            }
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name).to_string();
                self.found.modules[here.module].uses.insert(name, (vec![item.ident.to_string()], true));
            }
            Item::Fn(item) => {
                let number =
                    self.function(&item.sig, Some(&item.block), &item.attrs, Owner::None, &HashMap::new(), here);
                let name = self.found.functions[number].name.clone();
                match self.found.modules[here.module].values.entry(name).or_insert_with(|| ValueName::Function(vec![]))
                {
                    ValueName::Function(all) => all.push(number),
                    other => *other = ValueName::Function(vec![number]),
                }
            }
            Item::Static(item) => {
                let is_mutable = matches!(item.mutability, syn::StaticMutability::Mut(_));
                let kind = if is_mutable { StaticKind::Mutable } else { StaticKind::Static };
                self.add_static(&item.ident, &item.ty, item.expr.span(), kind, here);
            }
            Item::Const(item) => {
                self.add_static(&item.ident, &item.ty, item.expr.span(), StaticKind::Constant, here);
            }
            Item::Struct(item) => {
                let number = self.type_item(&item.ident, item.fields.iter(), here);
                if !matches!(item.fields, syn::Fields::Named(_)) {
                    let constructor = ValueName::Constructor(number);
                    self.found.modules[here.module].values.insert(item.ident.to_string(), constructor);
                }
            }
            Item::Enum(item) => {
                let number = self.type_item(&item.ident, item.variants.iter().flat_map(|v| v.fields.iter()), here);
                self.found.types[number].variants = item.variants.iter().map(|v| v.ident.to_string()).collect();
            }
            Item::Union(item) => drop(self.type_item(&item.ident, item.fields.named.iter(), here)),
            Item::Type(item) => {
                let alias = TypeName::Alias(type_use(&item.ty, &scope));
                self.found.modules[here.module].types.insert(item.ident.to_string(), alias);
            }
            Item::Trait(item) => self.trait_item(item, here),
            Item::Impl(item) => self.impl_block(item, here),
            Item::Mod(item) => self.submodule(item, here),
            Item::Macro(item) => self.item_macro(item, here),
            _ => {}
        }
    }

    fn type_item<'f>(
        &mut self,
        name: &syn::Ident,
        fields: impl Iterator<Item = &'f syn::Field>,
        here: &Here<'_>,
    ) -> usize {
        let mut item = TypeItem {
            name: name.to_string(),
            module: here.module,
            fields: HashMap::new(),
            mentions: Vec::new(),
            variants: Vec::new(),
        };
        for (index, field) in fields.enumerate() {
            let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
            item.mentions.extend(names_in(&field.ty));
            item.fields.insert(name, type_use(&field.ty, &Scope::default()));
        }
        self.found.types.push(item);
        let number = self.found.types.len() - 1;
        self.found.modules[here.module].types.insert(name.to_string(), TypeName::Type(number));
        number
    }

    fn trait_item(&mut self, item: &syn::ItemTrait, here: &Here<'_>) {
        let number = self.found.traits.len();
        let supertraits = bounds_of(&item.supertraits, &Scope::default());
        self.found.traits.push(TraitItem {
            name: item.ident.to_string(),
            module: here.module,
            defaults: HashMap::new(),
            supertraits,
        });
        self.found.modules[here.module].types.insert(item.ident.to_string(), TypeName::Trait(number));
        let generics = generics_of(&item.generics, &Scope::default());
        for member in &item.items {
            if let TraitMember::Fn(method) = member
                && method.default.is_some()
            {
                let block = method.default.as_ref();
                let function = self.function(&method.sig, block, &method.attrs, Owner::Trait(number), &generics, here);
                self.found.traits[number].defaults.insert(method.sig.ident.to_string(), function);
            }
        }
    }

    fn impl_block(&mut self, item: &ItemImpl, here: &Here<'_>) {
        let number = self.found.impls.len();
        let generics = generics_of(&item.generics, &Scope::default());
        let scope = Scope::with_generics(&generics);
        self.found.impls.push(Impl {
            module: here.module,
            lines: here.lines(item),
            self_type: type_use(&item.self_ty, &scope),
            of: item.trait_.as_ref().map(|(path, _)| plain(path)),
            methods: HashMap::new(),
        });
        for member in &item.items {
            if let syn::ImplItem::Fn(method) = member
                && !self.session.excludes(&method.attrs)
            {
                let owner = Owner::Impl(number);
                let function = self.function(&method.sig, Some(&method.block), &method.attrs, owner, &generics, here);
                let around = item.attrs.iter().map(|attribute| plain(attribute.path()));
                self.found.functions[function].attributes.extend(around);
                self.found.impls[number].methods.insert(method.sig.ident.to_string(), function);
            }
        }
    }

    fn function(
        &mut self,
        sig: &Signature,
        block: Option<&Block>,
        attrs: &[Attribute],
        owner: Owner,
        outer: &HashMap<String, Vec<PathUse>>,
        here: &Here<'_>,
    ) -> usize {
        let mut generics = outer.clone();
        generics.extend(generics_of(&sig.generics, &Scope::default()));
        let scope = Scope::with_generics(&generics);
        let parameters = sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(name) => Some((name.ident.to_string(), type_use(&typed.ty, &scope))),
                _ => None,
            },
            FnArg::Receiver(_) => None,
        });
        let mut lines = here.lines(&sig.ident);
        lines.last = block.map_or(lines.first, |block| block.brace_token.span.close().end().line);
        self.found.functions.push(Function {
            name: sig.ident.to_string(),
            module: here.module,
            owner,
            has_self: sig.receiver().is_some(),
            lines,
            attributes: attrs.iter().map(|attribute| plain(attribute.path())).collect(),
            parameters: parameters.collect(),
            output: match &sig.output {
                ReturnType::Default => None,
                ReturnType::Type(_, ty) => Some(type_use(ty, &scope)),
            },
            generics,
            body: block.and_then(|block| here.bodies.of(block)),
            mentions: OnceLock::new(),
        });
        self.found.functions.len() - 1
    }

    fn add_static(
        &mut self,
        name: &syn::Ident,
        ty: &Type,
        initializer: proc_macro2::Span,
        kind: StaticKind,
        here: &Here<'_>,
    ) {
        self.found.statics.push(Static {
            name: name.to_string(),
            module: here.module,
            lines: here.lines(name),
            ty: type_use(ty, &Scope::default()),
            written: written(ty),
            mentions_types: names_in(ty),
            kind,
            initializer: Text::of(initializer),
            mentions: OnceLock::new(),
        });
        let number = ValueName::Static(self.found.statics.len() - 1);
        self.found.modules[here.module].values.insert(name.to_string(), number);
    }

    fn submodule(&mut self, item: &ItemMod, here: &Here<'_>) {
        let name = item.ident.to_string();
        let name = name.trim_start_matches("r#");
        let path = path_attribute(&item.attrs);
        let number = if let Some((_, items)) = &item.content {
            let dir = path.map_or_else(|| here.dir.join(name), |path| here.dir.join(path));
            let module = self.module(Some(here.module), here.lines(item));
            self.items(items, &Here { dir: &dir, module, ..*here });
            Some(module)
        } else if let Some(path) = path {
            // Relative to the directory of the file, not to that of its modules.
            let base = self.found.files[here.file].parent().map(Path::to_path_buf).unwrap_or_default();
            let file = base.join(path);
            let dir = file.parent().map(Path::to_path_buf).unwrap_or_default();
            self.file(&file, &dir, Some(here.module))
        } else {
            let dir = here.dir.join(name);
            let candidates: [PathBuf; 2] = [here.dir.join(format!("{name}.rs")), dir.join("mod.rs")];
            candidates.iter().find(|file| file.is_file()).and_then(|file| self.file(file, &dir, Some(here.module)))
        };
        if let Some(number) = number {
            self.found.modules[here.module].types.insert(name.to_owned(), TypeName::Module(number));
        }
    }

    fn item_macro(&mut self, item: &ItemMacro, here: &Here<'_>) {
        if let Some(name) = &item.ident {
            if let Some(rules) = Text::of(item.mac.delimiter.span().join()) {
                let (name, lines) = (name.to_string(), here.lines(name));
                self.found.macros.entry(name.clone()).or_default().push(self.found.rules.len());
                let item = MacroItem { name, module: here.module, lines, rules, mentions: OnceLock::new() };
                self.found.rules.push(item);
            }
            return;
        }
        match item.mac.path.segments.last().map(|segment| segment.ident.to_string()).as_deref() {
            Some("thread_local") => self.loose_statics(item, StaticKind::ThreadLocal, here),
            Some("lazy_static") => self.loose_statics(item, StaticKind::Static, here),
            Some("include") => {
                let included = item.mac.parse_body::<syn::LitStr>().ok();
                let base = self.found.files[here.file].parent().map(Path::to_path_buf).unwrap_or_default();
                let text = included.and_then(|path| std::fs::read_to_string(base.join(path.value())).ok());
                let mut bodies = Bodies::default();
                if let Some(items) = text.and_then(|text| parsed(&text, &mut bodies)) {
                    self.items(&items, &Here { bodies: &bodies, ..*here });
                }
            }
            _ => {}
        }
    }

    /// `[pub] static [ref] NAME: Type = init;` within a macro.
    fn loose_statics(&mut self, item: &ItemMacro, kind: StaticKind, here: &Here<'_>) {
        let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
        let is_punct = |t: &TokenTree, c: char| matches!(t, TokenTree::Punct(p) if p.as_char() == c);
        for declaration in tokens.split(|t| is_punct(t, ';')) {
            let Some(start) = declaration.iter().position(|t| matches!(t, TokenTree::Ident(i) if i == "static")) else {
                continue;
            };
            let declaration: Vec<TokenTree> = declaration[start + 1..]
                .iter()
                .filter(|t| !matches!(t, TokenTree::Ident(i) if i == "ref"))
                .cloned()
                .collect();
            let [TokenTree::Ident(name), _colon, rest @ ..] = &*declaration else { continue };
            let Some(equals) = rest.iter().position(|t| is_punct(t, '=')) else { continue };
            let ty = rest[..equals].iter().map(ToTokens::to_token_stream).collect();
            let init: proc_macro2::TokenStream = rest[equals + 1..].iter().map(ToTokens::to_token_stream).collect();
            if let Ok(ty) = syn::parse2::<Type>(ty) {
                self.add_static(name, &ty, init.span(), kind, here);
            }
        }
    }
}

/// `#[path = ".."]`.
fn path_attribute(attrs: &[Attribute]) -> Option<String> {
    let attribute = attrs.iter().find(|a| a.path().is_ident("path"))?;
    match &attribute.meta.require_name_value().ok()?.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
        _ => None,
    }
}

/// The items of a file, without the functions' bodies; with them, if that does not parse.
fn parsed(text: &str, bodies: &mut Bodies) -> Option<Vec<Item>> {
    // A `#!` line is no Rust.
    let text = if text.starts_with("#!") && !text.starts_with("#![") { format!("//{text}") } else { text.to_owned() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let tokens: proc_macro2::TokenStream = text.parse().ok()?;
    let file = |input: syn::parse::ParseStream<'_>| -> syn::Result<Vec<Item>> {
        input.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(items)
    };
    file.parse2(bodies.take(tokens)).ok()
}
