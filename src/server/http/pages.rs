//! Pages and server functions: Leptos renders them, here they get their routes, their state and the policy that
//! keeps foreign scripts out of them.

use super::assets;
use crate::{
    app::{App as Site, shell},
    server::state::App,
};
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context};

pub fn router() -> Router<App> {
    let options = LeptosOptions::builder().output_name(assets::output_name()).build();
    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let unknown = {
        let page = page.clone();
        move |request: Request| {
            let context = move || {
                set_policy();
                if let Some(response) = use_context::<ResponseOptions>() {
                    response.set_status(StatusCode::NOT_FOUND);
                }
            };
            render_app_async_with_context(context, page.clone())(request)
        }
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(Site), set_policy, page)
        .fallback(unknown)
        .with_state(options)
}

/// Styles of this server only; and the scripts that Leptos marks for this one answer, with what they load. Server
/// functions have no such mark and no need of a policy: what they answer is never shown as a page.
fn set_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
    let policy = format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'; \
        base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
