import HingeGraph

/// A serialised layer, as all generations of Keras write one: a class, perhaps the module that it
/// comes from, and a configuration.
package struct LayerObject: Sendable {
    /// The class.
    package var className: String
    /// The Python module of the class; Keras 3 and the `.keras` files of TensorFlow say it.
    package var module: String?
    /// The name under which a class was registered; of the form `Package>Class` for one that isn't
    /// Keras's own.
    package var registeredName: String?
    /// The layer's name, unique within its model.
    package var name: String
    /// The configuration.
    package var config: JSONObject
    /// The shapes that the layer was built for.
    package var buildConfig: JSONObject?
    /// Which Python object this is, where several objects may be the same.
    package var sharedID: Int?
    /// The object as it stands in the file.
    package var source: JSONObject

    /// Reads a layer.
    ///
    /// - Throws: ``HingeError`` when it is not one.
    package init(_ json: JSONValue) throws {
        guard let object = json.object, let className = object["class_name"]?.string else {
            throw HingeError(
                .badData, "expected a layer with a \"class_name\" and a \"config\", found \(json)")
        }
        source = object
        self.className = className
        module = object["module"]?.string
        registeredName = object["registered_name"]?.string
        buildConfig = object["build_config"]?.object
        sharedID = object["shared_object_id"]?.int
        switch object["config"] {
        case .object(let config)?: self.config = config
        case .array(let layers)?:
            // A Sequential of Keras 1 is the list of its layers.
            config = JSONObject()
            config["layers"] = .array(layers)
        default:
            throw HingeError(
                .badData, "expected a \"config\", found \(object["config"] ?? .null)",
                at: [.layer(name: object["name"]?.string ?? "", type: className)])
        }
        name = object["name"]?.string ?? config["name"]?.string ?? ""
    }

    /// The layer as a place in an error's context.
    package var place: HingeError.Place { .layer(name: name, type: className) }

    /// Whether the class is one of the operations that Keras 3 records as nodes of a model:
    /// `keras.src.ops.…`.
    package var isOperation: Bool {
        module?.hasPrefix("keras.src.ops.") == true || module?.hasPrefix("keras.ops") == true
    }
}
