/**
 * The demo: a small social application with accounts, on real embedded servers. It lives
 * outside the root package, so that component scanning hides no missing
 * auto-configuration.
 */
package example;
