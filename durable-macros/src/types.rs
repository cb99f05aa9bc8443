//! What is recorded for a parameter: references become what they point to.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericArgument, Generics, Ident, Lifetime, PathArguments, Type, TypeFnPtr, TypeImplTrait, TypeInfer,
    TypeReference, parse_quote,
};

use crate::editor;

/// The recorded form of a parameter's type.
pub(crate) struct Recorded {
    pub(crate) ty: Type,
    pub(crate) by_reference: bool,
}

/// The type without the invisible or superfluous groups around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// The name of a type: the last segment of its path.
pub(crate) fn name(ty: &Type) -> Option<&Ident> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last().map(|s| &s.ident),
        _ => None,
    }
}

/// The one token of a type that stands best for it.
pub(crate) fn place(ty: &Type) -> Span {
    match bare(ty) {
        Type::Reference(reference) => place(&reference.elem),
        Type::Slice(slice) => place(&slice.elem),
        other => name(other).map_or_else(|| other.span(), Ident::span),
    }
}

/// The recorded form, for a type that [`faults`] found legal.
pub(crate) fn recorded(ty: &Type) -> Recorded {
    match bare(ty) {
        Type::Reference(reference) => Recorded { ty: referent(&reference.elem), by_reference: true },
        other => Recorded { ty: other.clone(), by_reference: false },
    }
}

/// What a reference to this is recorded as. The user's span is kept: errors point there.
fn referent(elem: &Type) -> Type {
    let span = editor::at(elem.span());
    let tokens = match bare(elem) {
        Type::Slice(slice) => {
            let item = &slice.elem;
            quote_spanned!(span=> ::std::vec::Vec<#item>)
        }
        other => match name(other) {
            Some(name) if name == "str" => quote_spanned!(span=> ::std::string::String),
            Some(name) if name == "Path" => quote_spanned!(span=> ::std::path::PathBuf),
            _ => return other.clone(),
        },
    };
    Type::Verbatim(tokens)
}

/// What makes a parameter's type impossible to record, with the place.
#[derive(Clone)]
pub(crate) enum Fault {
    Mutable(TypeReference),
    Named(Lifetime),
    Nested(TypeReference),
    Impl(TypeImplTrait),
    Infer(TypeInfer),
    Dyn(Box<Type>),
}

/// All faults of a parameter's type.
pub(crate) fn faults(ty: &Type) -> Vec<Fault> {
    let mut finder = Finder(Vec::new());
    match bare(ty) {
        Type::Reference(reference) => {
            if reference.mutability.is_some() {
                finder.0.push(Fault::Mutable(reference.clone()));
            }
            if let Some(lifetime) = &reference.lifetime {
                finder.0.push(Fault::Named(lifetime.clone()));
            }
            match bare(&reference.elem) {
                elem @ Type::TraitObject(_) => finder.0.push(Fault::Dyn(Box::new(elem.clone()))),
                elem => finder.visit_type(elem),
            }
        }
        other => finder.visit_type(other),
    }
    finder.0
}

/// All faults inside a type of which no part may be a reference.
pub(crate) fn inner_faults(ty: &Type) -> Vec<Fault> {
    let mut finder = Finder(Vec::new());
    finder.visit_type(ty);
    finder.0
}

struct Finder(Vec<Fault>);

impl<'ast> Visit<'ast> for Finder {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        self.0.push(Fault::Nested(reference.clone()));
    }
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.0.push(Fault::Named(lifetime.clone()));
    }
    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        self.0.push(Fault::Impl(ty.clone()));
    }
    fn visit_type_infer(&mut self, ty: &'ast TypeInfer) {
        self.0.push(Fault::Infer(ty.clone()));
    }
    // What a function pointer takes is not recorded; that it cannot be serialized, rustc says.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
}

/// Whether a type names one of these generic parameters.
pub(crate) fn mentions(ty: &Type, generics: &Generics) -> bool {
    struct Search<'a>(&'a Generics, bool);
    impl<'ast> Visit<'ast> for Search<'_> {
        fn visit_ident(&mut self, ident: &'ast Ident) {
            let mut names = self.0.type_params().map(|p| &p.ident).chain(self.0.const_params().map(|p| &p.ident));
            self.1 |= names.any(|n| n == ident);
        }
        fn visit_lifetime(&mut self, _: &'ast Lifetime) {
            self.1 = true;
        }
        fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
            self.1 = true;
        }
    }
    let mut search = Search(generics, false);
    visit::visit_type(&mut search, ty);
    search.1
}

/// The nearest legal type, for the errors: named lifetimes go, inner references become owned,
/// what is generic becomes concrete.
pub(crate) fn legal(ty: &Type, generics: &Generics) -> Type {
    let mut ty = bare(ty).clone();
    let mut fix = Fix { generics };
    let Type::Reference(reference) = &mut ty else {
        fix.visit_type_mut(&mut ty);
        return ty;
    };
    match bare(&reference.elem) {
        Type::TraitObject(_) => return parse_quote!(ConcreteType),
        inner @ Type::Reference(_) => return legal(inner, generics),
        _ => {}
    }
    reference.lifetime = None;
    reference.mutability = None;
    fix.visit_type_mut(&mut reference.elem);
    ty
}

struct Fix<'a> {
    generics: &'a Generics,
}

impl VisitMut for Fix<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        let generic = |i: &Ident| self.generics.type_params().any(|p| p.ident == *i);
        let name = name(ty).cloned();
        match ty {
            Type::Reference(reference) => *ty = plain(&reference.elem),
            Type::ImplTrait(_) | Type::Infer(_) => *ty = parse_quote!(ConcreteType),
            Type::Path(_) if name.as_ref().is_some_and(|n| n == "Cow") => {
                *ty = cow(ty).unwrap_or_else(|| parse_quote!(ConcreteType));
            }
            Type::Path(path) if path.path.get_ident().is_some_and(generic) => *ty = parse_quote!(ConcreteType),
            Type::Path(path) => {
                if let Some(segment) = path.path.segments.last_mut()
                    && let PathArguments::AngleBracketed(arguments) = &mut segment.arguments
                {
                    let kept = std::mem::take(&mut arguments.args).into_iter();
                    arguments.args = kept.filter(|a| !matches!(a, GenericArgument::Lifetime(_))).collect();
                    if arguments.args.is_empty() {
                        segment.arguments = PathArguments::None;
                    }
                }
            }
            _ => {}
        }
    }
}

/// `Cow<'_, str>` as the owned type that it holds.
fn cow(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|a| match a {
        GenericArgument::Type(ty) => Some(plain(ty)),
        _ => None,
    })
}

/// As [`referent`], by the names that people write.
fn plain(elem: &Type) -> Type {
    match bare(elem) {
        Type::Slice(slice) => {
            let item = &slice.elem;
            parse_quote!(Vec<#item>)
        }
        other => match name(other) {
            Some(name) if name == "str" => parse_quote!(String),
            Some(name) if name == "Path" => parse_quote!(PathBuf),
            _ => other.clone(),
        },
    }
}
