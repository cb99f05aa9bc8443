//! Network and databases, by crate. What is only data stays usable: status codes, headers, errors.

super::rows! {
    // HTTP
    Network, Tree, Both => [
        "reqwest", "ureq", "hyper", "hyper_util", "isahc", "surf", "awc", "attohttpc", "minreq", "curl", "cyper", "wreq", "chttp",
        "http_req", "reqwest_middleware", "octocrab", "async_openai", "graphql_client::reqwest", "gloo_net", "ehttp",
        "axum::serve", "actix_web::HttpServer", "warp::serve", "rocket::build", "tiny_http", "rouille",
    ];
    Network, Harmless, Both => [
        "reqwest::StatusCode", "reqwest::Method", "reqwest::header", "reqwest::Url", "reqwest::Version", "reqwest::Error",
        "hyper::StatusCode", "hyper::Method", "hyper::header", "hyper::Uri", "hyper::Version", "hyper::HeaderMap", "hyper::Error",
        "hyper::http", "ureq::http", "ureq::Error", "surf::StatusCode", "surf::Url", "isahc::http", "awc::http",
    ];

    // Databases
    Network, Tree, Both => [
        "sqlx", "diesel", "diesel_async", "rusqlite", "libsql", "duckdb", "tokio_postgres", "postgres", "mysql", "mysql_async",
        "tiberius", "oracle", "odbc_api", "sea_orm", "redis", "fred", "bb8", "r2d2", "deadpool", "mongodb", "elasticsearch",
        "opensearch", "memcache", "etcd_client", "consul", "sled", "rocksdb", "redb", "heed", "lmdb", "fjall", "surrealdb", "neo4rs",
        "scylla", "cassandra_cpp", "cdrs_tokio", "clickhouse", "influxdb", "influxdb2", "object_store", "opendal", "tokio_rusqlite",
        "async_sqlite", "sqlite", "couch_rs", "arangors", "meilisearch_sdk", "qdrant_client", "zookeeper", "foundationdb", "tikv_client",
        "deadpool_*", "bb8_*", "jammdb", "persy", "native_db", "leveldb", "questdb", "gluesql",
    ];
    Network, Harmless, Both => [
        "sqlx::Error", "sqlx::types", "diesel::result", "diesel::prelude", "rusqlite::Error", "redis::RedisError", "redis::ErrorKind",
        "mongodb::bson", "mongodb::error", "sea_orm::DbErr", "sea_orm::prelude", "redb::Error", "tokio_postgres::Error",
        "tokio_postgres::types", "postgres::types", "postgres::Error", "mysql::Error", "mysql_async::Error", "object_store::path",
    ];
    // `QueryDsl` and `RunQueryDsl` come in through the prelude; these names are the ones that run a query.
    Network, Item, Both => ["diesel::Connection::establish", "diesel::sql_query"];

    // Messaging, RPC, clouds, sockets
    Network, Tree, Both => [
        "tonic::transport", "tonic::client", "tarpc", "jsonrpsee", "capnp_rpc", "lapin", "rdkafka", "kafka", "rskafka", "samsa",
        "async_nats", "nats", "pulsar", "amqprs", "rumqttc", "paho_mqtt", "zmq", "zeromq", "nng", "tungstenite", "tokio_tungstenite",
        "async_tungstenite", "fastwebsockets", "quinn", "s2n_quic", "h2", "h3", "trust_dns_resolver", "hickory_resolver", "dns_lookup",
        "lettre::SmtpTransport", "lettre::AsyncSmtpTransport", "lettre::Transport", "lettre::AsyncTransport", "mail_send", "imap",
        "async_imap", "ssh2", "russh", "openssh", "suppaftp", "ldap3", "socket2", "mio", "kube", "bollard", "tokio_serial",
        "serialport", "stripe", "async_stripe", "teloxide", "serenity", "slack_morphism", "ping", "surge_ping", "igd", "mdns_sd",
        "aws_sdk_*", "aws_config", "google_cloud_*", "azure_*", "rusoto_*", "s3", "rust_s3", "tokio::net", "async_net", "webbrowser",
    ];
    Network, Harmless, Both => [
        "aws_sdk_*::types", "aws_sdk_*::primitives", "aws_sdk_*::error", "aws_sdk_*::operation", "tungstenite::Message",
        "tokio_tungstenite::tungstenite::Message", "kube::api::ObjectMeta", "kube::Error", "stripe::Currency", "socket2::Domain",
        "tonic::transport::Error", "lapin::types", "h2::Reason", "teloxide::types",
    ];
}
