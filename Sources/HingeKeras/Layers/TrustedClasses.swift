import HingeGraph

/// Which classes a configuration may name.
///
/// Nothing that a configuration names is ever run, but a class of another origin than Keras's own
/// may share a name with one of Keras and compute something else. Classes that carry code are
/// refused by name.
enum TrustedClasses {
    /// Throws unless a layer's class is one of Keras's own without code in it.
    static func check(_ object: LayerObject) throws {
        let name = object.className
        if let reason = codeBearing[name] {
            throw HingeError(
                .unsupported, "a \(name) layer holds \(reason), which Hinge does not run")
        }
        if name.contains(">") {
            let package = name.prefix { $0 != ">" }
            throw HingeError(
                .unsupported, "the class '\(name)' is one of '\(package)', not of Keras")
        }
        if let registered = object.registeredName, registered.contains(">"),
            !registered.hasPrefix("keras.src.applications.")
        {
            throw HingeError(.unsupported, "the class '\(registered)' is not one of Keras")
        }
        if let module = object.module, !isKeras(module) {
            throw HingeError(
                .unsupported, "the class '\(name)' of the module '\(module)' is not one of Keras")
        }
    }

    private static let codeBearing = [
        "Lambda": "Python code",
        "TFSMLayer": "a reference to a TensorFlow model outside the file",
        "TorchModuleWrapper": "a pickled PyTorch module",
        "JaxLayer": "JAX code",
        "FlaxLayer": "Flax code",
    ]

    /// Whether layers of a module are those of Keras.
    private static func isKeras(_ module: String) -> Bool {
        var parts = module.split(separator: ".")
        if parts.first == "tensorflow" { parts.removeFirst() }
        if parts.first == "python" { parts.removeFirst() }
        guard parts.first == "keras" || parts.first == "tf_keras" else { return false }
        parts.removeFirst()
        if parts.first == "src" { parts.removeFirst() }
        guard let area = parts.first else { return true }
        return ["layers", "models", "engine", "ops", "applications", "activations"]
            .contains(String(area))
    }
}
