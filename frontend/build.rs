//! Tells the linker what xtask needs for taking the module apart.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Where each function and each constant is referred to.
    println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
    // The parts share it by this name. Without one they would be given another in each build.
    println!("cargo::rustc-link-arg-cdylib=--export=__stack_pointer");
}
