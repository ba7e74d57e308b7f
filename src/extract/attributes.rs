//! What the attributes of an element say.

use super::{
    blocks::Hidden,
    hints::{self, Hints},
    kinds::{Kind, role},
};

/// What the attributes of an element say, read in one go.
pub(super) struct Names<'a> {
    pub class: &'a str,
    pub hints: Hints,
    pub hidden: bool,
    /// Whether it is hidden only until the reader opens it, or until a script
    /// puts it in its place: its text is part of the page.
    pub panel: bool,
    /// The kind that an ARIA `role` gives it, or [`Kind::Inline`].
    pub role: Kind,
}

impl<'a> Names<'a> {
    pub(super) fn read(element: &'a scraper::node::Element) -> Self {
        let mut names = Self {
            class: "",
            hints: 0,
            hidden: false,
            panel: false,
            role: Kind::Inline,
        };
        for (name, value) in element.attrs() {
            names.hidden |= hides(name, value);
            match name {
                "class" => {
                    names.class = value;
                    names.hints |= hints::hints(value);
                }
                "id" => names.hints |= hints::hints(value),
                "itemprop" => {
                    if matches!(value, "articleBody" | "text" | "description" | "mainEntity") {
                        names.hints |= hints::CONTENT;
                    }
                }
                "role" => {
                    names.role = role(value);
                    if matches!(value, "dialog" | "alertdialog") {
                        names.hints |= hints::PROMO;
                    }
                }
                "aria-modal" if value == "true" => names.hints |= hints::PROMO,
                _ => {}
            }
        }
        names.panel = names.hidden && is_panel(element);
        names
    }
}

/// Whether an element is not shown to any reader: the page hides it, and it is
/// no panel. One rule for blocks, links and text in a line.
pub(super) fn is_hidden(element: &scraper::node::Element, hidden: Hidden) -> bool {
    hidden == Hidden::Omitted
        && element.attrs().any(|(name, value)| hides(name, value))
        && !is_panel(element)
}

/// Whether an element is a dialog that stands open as the page is loaded.
pub(super) fn is_open(element: &scraper::node::Element) -> bool {
    element.name() == "dialog" && element.attr("open").is_some()
}

/// Whether an element is a button that opens a part of the page: the question
/// above an answer, the name of a panel. What opens a menu is none.
pub(super) fn opens(element: &scraper::node::Element) -> bool {
    if element.name() != "button" {
        return false;
    }
    let (mut opens, mut menu) = (false, false);
    for (name, value) in element.attrs() {
        match name {
            "aria-expanded" => opens = true,
            "data-toggle" | "data-bs-toggle" => opens |= value == "collapse",
            "aria-haspopup" => menu = true,
            _ => {}
        }
    }
    opens && !menu
}

/// Whether an attribute hides its element.
fn hides(name: &str, value: &str) -> bool {
    match name {
        "class" => is_hidden_class(value),
        "style" => is_hidden_style(value),
        "hidden" => is_hidden_until_told(value),
        _ => false,
    }
}

/// Whether an element is hidden only until the reader opens it, or until a
/// script puts it in its place. Asked of hidden elements only.
fn is_panel(element: &scraper::node::Element) -> bool {
    /// Parts of the names of panels that say nothing of what is in them.
    const OPENS: [&str; 7] = [
        "toggle-content",
        "toggle-body",
        "read-more",
        "readmore",
        "spoiler",
        "expandable",
        "collapsible",
    ];
    let mut named = 0;
    let (mut panel, mut labelled) = (false, false);
    let mut role = None;
    for (name, value) in element.attrs() {
        match name {
            "class" => {
                named |= hints::hints(value);
                panel |= OPENS.iter().any(|part| value.contains(part));
            }
            "id" => {
                named |= hints::hints(value);
                panel |= is_streamed(value);
            }
            "aria-labelledby" => labelled = true,
            "role" => role = Some(value),
            _ => {}
        }
    }
    // A part with a heading of its own, as the accordions and disclosures of
    // the ARIA Authoring Practices; menus and dialogs have one, too.
    let region = labelled
        && matches!(role, None | Some("region"))
        && named & (hints::NAV | hints::PROMO | hints::TOOL) == 0;
    panel || region || named & hints::DETAIL != 0 || role == Some("tabpanel")
}

/// Whether the address of a link leads to another place.
pub(super) fn leads(address: &str) -> bool {
    let scheme = address.split([':', '/']).next().unwrap_or_default();
    !address.is_empty()
        && !address.starts_with('#')
        && !scheme.eq_ignore_ascii_case("javascript")
        && !scheme.eq_ignore_ascii_case("data")
}

/// Whether an `id` is one that React gives to parts of a page which it streams
/// hidden, for a script to put in their places: `S:` and a number in hex.
fn is_streamed(id: &str) -> bool {
    id.strip_prefix("S:").is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Class names by which frameworks show text to screen readers only, also
/// behind a framework's own prefix (`govuk-visually-hidden`).
fn is_hidden_class(value: &str) -> bool {
    const UNSEEN: [&str; 6] = [
        "sr-only",
        "visually-hidden",
        "visuallyhidden",
        "screen-reader-text",
        "screen-reader-only",
        "assistive-text",
    ];
    value.split_ascii_whitespace().any(|class| {
        matches!(class, "element-invisible" | "u-hidden" | "print-only")
            || UNSEEN.iter().any(|name| {
                class.strip_suffix(name).is_some_and(|prefix| {
                    // `not-sr-only` and `focus:sr-only` do not hide.
                    prefix.is_empty()
                        || prefix.ends_with(['-', '_'])
                            && !prefix.ends_with("not-")
                            && !prefix.contains(':')
                })
            })
    })
}

/// Whether the attribute `hidden` hides for good: text that a search in the
/// page or a link to it opens is there to be read.
fn is_hidden_until_told(value: &str) -> bool {
    !value.eq_ignore_ascii_case("until-found")
}

/// Whether a `style` hides its element: what the last declaration of `display`
/// or of `visibility` says, or the last important one.
fn is_hidden_style(value: &str) -> bool {
    let says = |property: &str, hiding: &[&str]| {
        let (mut hidden, mut important) = (false, false);
        for declaration in value.split(';') {
            let Some((name, setting)) = declaration.split_once(':') else {
                continue;
            };
            if !name.trim().eq_ignore_ascii_case(property) {
                continue;
            }
            let (setting, is_important) = match setting.rsplit_once('!') {
                Some((setting, word)) if word.trim().eq_ignore_ascii_case("important") => {
                    (setting, true)
                }
                _ => (setting, false),
            };
            if is_important || !important {
                let setting = setting.trim();
                hidden = hiding.iter().any(|word| setting.eq_ignore_ascii_case(word));
                important = is_important;
            }
        }
        hidden
    };
    says("display", &["none"]) || says("visibility", &["hidden", "collapse"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_for_screen_readers_is_known_behind_prefixes() {
        for class in [
            "sr-only",
            "x wt-screen-reader-only",
            "govuk-visually-hidden",
        ] {
            assert!(is_hidden_class(class), "{class}");
        }
        for class in [
            "not-sr-only",
            "md:sr-only",
            "sr-only-focusable",
            "misr-only",
        ] {
            assert!(!is_hidden_class(class), "{class}");
        }
    }

    #[test]
    fn style_hides_as_browsers_read_it() {
        for style in [
            "display:none",
            " DISPLAY : None ",
            "display:block; visibility:hidden",
            "visibility: collapse",
            "color:red;display:none!important",
            "display: block; display: none",
            "display: none ! IMPORTANT; display: block",
            "display: none; background: url(data:image/png;base64,aa)",
        ] {
            assert!(is_hidden_style(style), "{style}");
        }
        for style in [
            "",
            "display",
            "display:block",
            "--x-display:none",
            "display: none; display: block",
            "display: none; display: flex !important",
            "visibility: hidden; visibility: visible",
            "transition: display 1s, none 2s",
            "backface-visibility: hidden",
            "overflow: hidden; display: block",
        ] {
            assert!(!is_hidden_style(style), "{style}");
        }
    }
}
