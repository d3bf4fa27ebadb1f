//! Carrying a page over into the one on screen: what is the same stays the same element, so that focus, scroll
//! position, selection, what is unfolded and what was typed survive. Islands live their own life and are left alone.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

/// Makes `old` hold what `new` holds. Parts (children of `old`) that `keep` wants kept stay as they are; answers
/// whether one of them is other in `new`.
pub fn carry_over(old: &Element, new: &Element, keep: impl Fn(&Element) -> bool) -> bool {
    let focused = document().active_element();
    let mut kept = Vec::new();
    children(old, new, &mut |part| {
        let keeps = keep(part);
        if keeps {
            kept.push(part.clone());
        }
        keeps
    });
    // An element that was moved has lost the focus.
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok())
        && focused.is_connected()
        && document().active_element().as_ref() != Some(&focused)
    {
        let _ = focused.focus();
    }
    let same = |part: &Element| nodes(new).iter().any(|node| node.is_equal_node(Some(part)));
    kept.iter().any(|part| !part.matches("[role=search], [data-own], [data-follow]").unwrap_or(false) && !same(part))
}

fn children(old: &Node, new: &Node, keep: &mut dyn FnMut(&Element) -> bool) {
    let mut place = old.first_child();
    for wanted in nodes(new) {
        let mut found = place.clone();
        while let Some(node) = &found
            && !is_for(node, &wanted)
        {
            found = node.next_sibling();
        }
        match found {
            Some(node) => {
                if place.as_ref() == Some(&node) {
                    place = node.next_sibling();
                } else {
                    let _ = old.insert_before(&node, place.as_ref());
                }
                if !node.is_equal_node(Some(&wanted)) && !node.dyn_ref().is_some_and(&mut *keep) {
                    one(&node, &wanted);
                }
            }
            None => {
                if let Ok(copy) = wanted.clone_node_with_deep(true) {
                    let _ = old.insert_before(&copy, place.as_ref());
                }
            }
        }
    }
    while let Some(node) = place {
        place = node.next_sibling();
        if !node.dyn_ref().is_some_and(&mut *keep) {
            let _ = old.remove_child(&node);
        }
    }
}

fn one(old: &Node, new: &Node) {
    let (Some(element), Some(wanted)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        old.set_node_value(new.node_value().as_deref());
        return;
    };
    if element.matches(OF_SCRIPT).unwrap_or(false) {
        return;
    }
    attributes(element, wanted);
    children(old, new, &mut |_| false);
}

/// What script alone changes.
const OF_SCRIPT: &str = "leptos-island, [data-own]";

fn attributes(old: &Element, new: &Element) {
    let names = |element: &Element| {
        let names = element.get_attribute_names().into_iter().filter_map(|name| name.as_string());
        // Whether something is unfolded is its reader's choice.
        names.filter(|name| name != "open").collect::<Vec<_>>()
    };
    for name in names(old) {
        if !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
    for name in names(new) {
        let value = new.get_attribute(&name);
        if value != old.get_attribute(&name) {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
}

/// Whether a node on screen is the one that is to show `wanted`.
fn is_for(node: &Node, wanted: &Node) -> bool {
    node.node_name() == wanted.node_name() && name(node) == name(wanted)
}

/// What an element goes by where its place may change.
fn name(node: &Node) -> Option<String> {
    let element = node.dyn_ref::<Element>()?;
    ["id", "aria-labelledby", "data-component"].iter().find_map(|attribute| element.get_attribute(attribute))
}

fn nodes(parent: &Node) -> Vec<Node> {
    let list = parent.child_nodes();
    (0..list.length()).filter_map(|place| list.item(place)).collect()
}
