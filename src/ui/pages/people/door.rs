//! The pages for whoever is not signed in: signing in, and what links lead to.

use crate::{
    api::{
        other_service::{WayOut, way_out},
        reading,
        sign_in::{LinkView, look_at_link},
    },
    ui::components::{Field, Icon, Notice, PageHeader, Tone},
};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

fn asked(name: &str) -> String {
    use_query_map().get_untracked().get(name).unwrap_or_default()
}

/// `/sign-in?to=…`
#[component]
pub fn SignInPage() -> impl IntoView {
    view! {
        <PageHeader title="Sign in"/>
        <form class="card form narrow" method="post" action="/api/sign-in">
            <input type="hidden" name="to" value=asked("to")/>
            <Field name="email" label="E-mail address" kind="email" required=true maxlength=254 autocomplete="username"/>
            <Field name="password" label="Password" kind="password" required=true autocomplete="current-password"/>
            <div class="row"><button class="button primary">"Sign in"</button></div>
            {if crate::ui::sends_letters() {
                view! { <p><a href="/forgot-password">"Forgot your password?"</a></p> }.into_any()
            } else {
                view! { <p class="hint">"Forgotten the password? " <AskAnAdministrator/></p> }.into_any()
            }}
        </form>
        {crate::ui::other_service()
            .map(|name| {
                view! {
                    <form class="card form narrow" method="post" action="/api/begin-oidc">
                        <input type="hidden" name="to" value=asked("to")/>
                        <div class="row"><button class="button">{format!("Sign in with {name}")}</button></div>
                    </form>
                }
            })}
    }
}

#[component]
fn AskAnAdministrator() -> impl IntoView {
    view! { "An administrator makes you a link for a new one; so does " <code>"tieout people link"</code> " on the server." }
}

/// `/forgot-password`
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let content = if crate::ui::sends_letters() {
        view! {
            <form class="card form narrow" method="post" action="/api/forgot-password">
                <p>"You get a letter with a link, through which you choose a new password."</p>
                <Field name="email" label="E-mail address" kind="email" required=true maxlength=254 autocomplete="username"/>
                <div class="row">
                    <button class="button primary">"Send me a link"</button>
                    <a class="button quiet" href="/sign-in">"Back"</a>
                </div>
            </form>
        }
        .into_any()
    } else {
        view! {
            <p>"This server sends no letters. " <AskAnAdministrator/></p>
            <p><a href="/sign-in">"Sign in"</a></p>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Forgot your password?"/>
        {content}
    }
}

/// `/sign-in/leave`: goes on to the other service by itself, which a form could not.
#[component]
pub fn LeavePage() -> impl IntoView {
    let answer = reading(way_out());
    let content = async move {
        match answer.await {
            Ok(WayOut { name, address }) => view! {
                <Meta http_equiv="refresh" content=format!("0;url={address}")/>
                <PageHeader title=format!("On the way to {name}")/>
                <p><a class="button primary" href=address>{format!("Go on to {name}")}</a></p>
            }
            .into_any(),
            Err(error) => view! {
                <PageHeader title="Sign in"/>
                <Notice tone=Tone::Bad>{error.to_string()}</Notice>
                <p><a href="/sign-in">"Sign in"</a></p>
            }
            .into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

/// `/second-factor`
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    view! {
        <PageHeader title="One more step"/>
        <form class="card form narrow" method="post" action="/api/second-factor">
            <Field
                name="code"
                label="Code"
                required=true
                maxlength=40
                autocomplete="one-time-code"
                hint="The six digits your device shows now. Without the device: one of the recovery codes."
            />
            <div class="row"><button class="button primary">"Sign in"</button> <a class="button quiet" href="/sign-in">"Back"</a></div>
        </form>
    }
}

/// What a link leads to, or why it leads nowhere.
fn led(kind: &'static str, shown: impl FnOnce(String, LinkView) -> AnyView + Send + 'static) -> impl IntoView {
    let token = asked("token");
    let answer = reading(look_at_link(kind.into(), token.clone()));
    let content = async move {
        match answer.await {
            Ok(link) => shown(token, link),
            Err(error) => view! {
                <PageHeader title="This link leads nowhere"/>
                <Notice tone=Tone::Bad>{error.to_string()}</Notice>
                <p><a href="/sign-in">"Sign in"</a></p>
            }
            .into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

const PASSWORD_HINT: &str = "At least 8 characters; 15 or more are better. A few words that have nothing to do with each other are easy \
    to keep in mind and hard to guess.";

/// `/set-up?token=…`
#[component]
pub fn SetUpPage() -> impl IntoView {
    led("set-up", |token, link| {
        let practise = link.empty.then({
            let token = token.clone();
            || {
                view! {
                    <form class="card stack" method="post" action="/api/practise">
                        <input type="hidden" name="token" value=token/>
                        <Icon name="building"/>
                        <h2>"Look around first"</h2>
                        <p>
                            "24 companies on practice ledgers inside this database. Their syncs really run: most end in balance, others meet \
                            an archived account, a locked period, lost access or a ledger that does not answer. Nothing leaves this machine, \
                            and no password is needed: the server shows a link whenever it starts."
                        </p>
                        <button class="button primary">"Explore with practice companies"</button>
                    </form>
                }
            }
        });
        view! {
            <div class="welcome">
                <PageHeader title="Welcome to Tieout"/>
                <p class="lead">
                    "One page shows the accounting connection of every company of your property group: what is synced, what is \
                    running, what needs you. And each sync ends with a proof that both sides agree to the cent."
                </p>
                <div class="columns">
                    {practise}
                    <form class="card form" method="post" action="/api/set-up">
                        <Icon name="plus"/>
                        <h2>"Begin with your own"</h2>
                        <p>"You become the first administrator, and can invite others."</p>
                        <input type="hidden" name="token" value=token/>
                        <Field name="name" label="Your name" required=true maxlength=80 autocomplete="name"/>
                        <Field name="email" label="E-mail address" kind="email" required=true maxlength=254 autocomplete="username"/>
                        <Field name="password" label="Password" kind="password" required=true hint=PASSWORD_HINT autocomplete="new-password"/>
                        <button class="button">"Begin"</button>
                    </form>
                </div>
            </div>
        }
        .into_any()
    })
}

/// `/enter?token=…`. Nothing happens before the button: whatever looks at links in mails would use them up.
#[component]
pub fn EnterPage() -> impl IntoView {
    led("enter", |token, link| {
        view! {
            <PageHeader title="Sign in"/>
            <form class="card form narrow" method="post" action="/api/enter">
                <input type="hidden" name="token" value=token/>
                <p>"This link signs you in as " <b>{link.person}</b> ". It can be used once."</p>
                <div class="row"><button class="button primary">"Sign in"</button></div>
            </form>
        }
        .into_any()
    })
}

/// `/choose-password?token=…`
#[component]
pub fn ChoosePasswordPage() -> impl IntoView {
    led("password", |token, link| {
        view! {
            <PageHeader title="Choose a password"/>
            <form class="card form narrow" method="post" action="/api/choose-password">
                <input type="hidden" name="token" value=token/>
                <p>"Welcome, " <b>{link.person}</b> ". Whoever is signed in under your name now is signed out."</p>
                <Field name="password" label="Password" kind="password" required=true hint=PASSWORD_HINT autocomplete="new-password"/>
                <div class="row"><button class="button primary">"Choose it and sign in"</button></div>
            </form>
        }
        .into_any()
    })
}
