//! The syntax tree of a pattern, for a look at folded text: without regard to
//! case, and with what folding makes of its characters.

use regex_syntax::{
    ast::{self, Ast},
    hir::{Class, ClassUnicode, Hir, translate::Translator},
};

use super::fold::lower;

/// The pattern's tree for a look at folded text: without regard to case, but
/// letters stay letters, where `(?i)` would make a class of each. That is
/// most of the time that parsing takes.
pub(super) fn parse_folded(pattern: &str) -> Option<Hir> {
    // A set operation on classes depends on what the operands are.
    if ["&&", "--", "~~"].iter().any(|sign| pattern.contains(sign)) {
        return regex_syntax::parse(pattern).ok();
    }
    let mut tree = ast::parse::Parser::new().parse(pattern).ok()?;
    drop_case(&mut tree);
    Translator::new().translate(pattern, &tree).ok()
}

/// Takes the flag `i` out of a pattern, wherever it is set. As deep as the
/// parser lets a pattern be.
fn drop_case(tree: &mut Ast) {
    let drop = |flags: &mut ast::Flags| {
        flags
            .items
            .retain(|item| item.kind != ast::FlagsItemKind::Flag(ast::Flag::CaseInsensitive));
    };
    match tree {
        Ast::Flags(set) => drop(&mut set.flags),
        Ast::Group(group) => {
            if let ast::GroupKind::NonCapturing(flags) = &mut group.kind {
                drop(flags);
            }
            drop_case(&mut group.ast);
        }
        Ast::Repetition(repetition) => drop_case(&mut repetition.ast),
        Ast::Alternation(parts) => parts.asts.iter_mut().for_each(drop_case),
        Ast::Concat(parts) => parts.asts.iter_mut().for_each(drop_case),
        _ => {}
    }
}

/// A class as characters; a class of bytes only if it is ASCII.
pub(super) fn unicode_class(class: &Class) -> Option<ClassUnicode> {
    match class {
        Class::Unicode(class) => Some(class.clone()),
        Class::Bytes(class) => class.to_unicode_class(),
    }
}

/// How many characters a class has.
pub(super) fn count(class: &ClassUnicode) -> u32 {
    class
        .iter()
        .map(|range| u32::from(range.end()) - u32::from(range.start()) + 1)
        .sum()
}

/// The characters of a class, each as folding has it: white space as a blank.
pub(super) fn folded_chars(class: &ClassUnicode) -> impl Iterator<Item = String> + '_ {
    let chars = class.iter().flat_map(|range| range.start()..=range.end());
    chars.map(|c| {
        let mut text = String::new();
        if c.is_whitespace() {
            text.push(' ');
        } else {
            lower(c, |c| text.push(c));
        }
        text
    })
}
