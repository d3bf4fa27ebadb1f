//! The document every page is rendered into, and the routes.

use crate::domain::person::Role;
use crate::ui::{
    components::PageHeader,
    pages::{
        companies::{CompaniesPage, edit::CompanySettingsPage, import::CompaniesImportPage},
        company_new::NewCompanyPage,
        import::{CompanyImportPage, ImportPage},
        integration::IntegrationPage,
        integrations::IntegrationsRoute,
        messages::{MessagePage, MessagesPage},
        onboarding::OnboardingPage,
        overview::OverviewRoute,
        people::{
            PeoplePage, PersonPage,
            account::AccountPage,
            audit::AuditLogPage,
            door::{ChoosePasswordPage, EnterPage, ForgotPasswordPage, LeavePage, SecondFactorPage, SetUpPage, SignInPage},
        },
        record::RecordPage,
        results::ResultsPage,
        run::RunPage,
        unlink::UnlinkPage,
        welcome::WelcomeRoute,
    },
    shell::Shell,
};
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The whole HTML document. `options.output_name` carries the content hash, so a new build is a new URL.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let stylesheet = options.css_path();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14171a"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=stylesheet/>
                <HydrationScripts options islands=true/>
                <MetaTags/>
            </head>
            <body data-role=crate::ui::role().map(Role::as_str)>
                <App/>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="Tieout"/>
        <Router>
            <Shell>
                // Whole pages only: they must be complete without script, and say the right HTTP status.
                <Routes fallback=NothingHere>
                    <Route path=path!("/") view=Home ssr=SsrMode::Async/>
                    <Route path=path!("/overview") view=OverviewRoute ssr=SsrMode::Async/>
                    <Route path=path!("/welcome") view=WelcomeRoute ssr=SsrMode::Async/>
                    <Route path=path!("/import") view=ImportPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/new") view=NewCompanyPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/results") view=ResultsPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/records/:entity/:id") view=RecordPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/unlink") view=UnlinkPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/messages") view=MessagesPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/messages/:id") view=MessagePage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/runs/:id") view=RunPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/integration") view=IntegrationPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/onboarding") view=OnboardingPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/import") view=CompanyImportPage ssr=SsrMode::Async/>
                    <Route path=path!("/companies/:code/settings") view=CompanySettingsPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/integrations") view=IntegrationsRoute ssr=SsrMode::Async/>
                    <Route path=path!("/settings/companies") view=CompaniesPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/people") view=PeoplePage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/people/:id") view=PersonPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/audit") view=AuditLogPage ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in/leave") view=LeavePage ssr=SsrMode::Async/>
                    <Route path=path!("/second-factor") view=SecondFactorPage ssr=SsrMode::Async/>
                    <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=SsrMode::Async/>
                    <Route path=path!("/set-up") view=SetUpPage ssr=SsrMode::Async/>
                    <Route path=path!("/enter") view=EnterPage ssr=SsrMode::Async/>
                    <Route path=path!("/choose-password") view=ChoosePasswordPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/companies/import") view=CompaniesImportPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=Settings ssr=SsrMode::Async/>
                </Routes>
            </Shell>
        </Router>
    }
}

/// `/` leads to the overview, which leads to the welcome page where there is nothing yet.
#[component]
fn Home() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_axum::redirect("/overview");
}

/// `/settings` leads to its first page.
#[component]
fn Settings() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_axum::redirect("/settings/integrations");
}

#[component]
fn NothingHere() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageHeader title="Nothing here"/>
        <p>"This address leads nowhere. " <a href="/overview">"Go to overview"</a></p>
    }
}
