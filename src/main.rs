//! The server binary: reads where to listen, then serves.

use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tieout::{
    app::{App, shell},
    server::http::assets,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen = std::env::var("TIEOUT_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let options = LeptosOptions::builder().output_name(assets::output_name()).build();
    let routes = generate_route_list(App);
    let router = axum::Router::new()
        .leptos_routes(&options, routes, {
            let options = options.clone();
            move || shell(options.clone())
        })
        .with_state(options)
        .merge(assets::router());
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    println!("Tieout is at http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
