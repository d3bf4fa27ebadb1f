//! What the pages of Settings have in common: the way from one to the other.

use crate::{domain::person::Role, ui};
use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SettingsPage {
    Integrations,
    Companies,
    People,
    Audit,
}

#[component]
pub fn SettingsTabs(
    current: SettingsPage,
    /// The page is one below the current one.
    #[prop(optional)]
    below: bool,
) -> impl IntoView {
    let links: Vec<_> = [
        (SettingsPage::Integrations, "/settings/integrations", "Integrations"),
        (SettingsPage::Companies, "/settings/companies", "Companies"),
        (SettingsPage::People, "/settings/people", "People"),
        (SettingsPage::Audit, "/settings/audit", "Audit log"),
    ]
    .into_iter()
    .filter(|(page, ..)| matches!(page, SettingsPage::Integrations | SettingsPage::Companies) || ui::may(Role::Administrator))
    .map(|(page, address, words)| {
        let here = (page == current).then_some(if below { "true" } else { "page" });
        view! { <a href=address aria-current=here>{words}</a> }
    })
    .collect();
    view! { <nav class="tabs" aria-label="Settings">{links}</nav> }
}
