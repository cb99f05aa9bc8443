//! Types, bounds and `use` trees as plain data.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, GenericParam, Generics, PathArguments, Token, Type, TypeParamBound, UseTree, WherePredicate,
};

use super::super::facts::{PathUse, TypeUse};
use super::{Scope, plain};

/// A type as far as method calls need it.
pub(crate) fn type_use(ty: &Type, scope: &Scope) -> TypeUse {
    match ty {
        Type::Reference(inner) => type_use(&inner.elem, scope),
        Type::Paren(inner) => type_use(&inner.elem, scope),
        Type::Group(inner) => type_use(&inner.elem, scope),
        Type::TraitObject(object) => TypeUse::Bounds(bounds_of(&object.bounds, scope)),
        Type::ImplTrait(object) => TypeUse::Bounds(bounds_of(&object.bounds, scope)),
        Type::Path(path) if path.qself.is_none() => {
            if let Some(generic) = path.path.get_ident().and_then(|name| scope.generic(&name.to_string())) {
                return generic;
            }
            let arguments = path.path.segments.last().map(|segment| match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => arguments
                    .args
                    .iter()
                    .filter_map(|argument| match argument {
                        GenericArgument::Type(ty) => Some(type_use(ty, scope)),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            });
            match scope.type_path(&path.path) {
                Some(path) => TypeUse::Path(path, arguments.unwrap_or_default()),
                None => TypeUse::Unknown,
            }
        }
        _ => TypeUse::Unknown,
    }
}

/// The traits among bounds.
pub(crate) fn bounds_of(bounds: &Punctuated<TypeParamBound, Token![+]>, scope: &Scope) -> Vec<PathUse> {
    let traits = bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let path = plain(&bound.path);
            scope.resolve_type(path.segments, path.rooted)
        }
        _ => None,
    });
    traits.collect()
}

/// Type parameters with their bounds, those of the `where` clause included.
pub(crate) fn generics_of(generics: &Generics, scope: &Scope) -> HashMap<String, Vec<PathUse>> {
    let mut found: HashMap<String, Vec<PathUse>> = HashMap::new();
    for parameter in &generics.params {
        if let GenericParam::Type(parameter) = parameter {
            found.entry(parameter.ident.to_string()).or_default().extend(bounds_of(&parameter.bounds, scope));
        }
    }
    for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        if let WherePredicate::Type(predicate) = predicate
            && let Type::Path(path) = &predicate.bounded_ty
            && let Some(name) = path.path.get_ident()
            && let Some(bounds) = found.get_mut(&name.to_string())
        {
            bounds.extend(bounds_of(&predicate.bounds, scope));
        }
    }
    found
}

/// Calls back for every name that a `use` makes: `None` stands for a glob.
pub(crate) fn use_tree(tree: &UseTree, each: &mut dyn FnMut(Option<String>, Vec<String>)) {
    below(tree, &mut Vec::new(), each);
}

fn below(tree: &UseTree, above: &mut Vec<String>, each: &mut dyn FnMut(Option<String>, Vec<String>)) {
    let with = |name: &syn::Ident| {
        let mut path = above.clone();
        if name != "self" {
            path.push(name.unraw().to_string());
        }
        path
    };
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.unraw().to_string());
            below(&path.tree, above, each);
            above.pop();
        }
        UseTree::Name(name) => {
            let path = with(&name.ident);
            each(path.last().cloned(), path);
        }
        UseTree::Rename(rename) => each(Some(rename.rename.unraw().to_string()), with(&rename.ident)),
        UseTree::Glob(_) => each(None, above.clone()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| below(tree, above, each)),
    }
}

/// Every name in a type: `OnceLock<Mutex<Vec<u8>>>` has four.
pub(crate) fn names_in(ty: &Type) -> Vec<String> {
    fn collect(tokens: TokenStream, names: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => names.push(name.to_string()),
                TokenTree::Group(group) => collect(group.stream(), names),
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    collect(ty.to_token_stream(), &mut names);
    names
}
