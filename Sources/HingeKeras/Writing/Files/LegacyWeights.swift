import HingeGraph
import HingeHDF5

/// A whole model as `.h5` files of Keras 1 and 2 have it: the configuration in an attribute, and a group of weights for
/// each layer, which lists their names.
enum LegacyWeights {
    /// The file.
    ///
    /// - Throws: ``HingeError`` when the model needs what only Keras 3 has.
    static func archive(_ model: WrittenModel) throws -> HDF5Archive {
        var archive = HDF5Archive()
        let text = JSONWriter.text(try LegacyConfiguration.json(model))
        archive.root.attributes["model_config"] = HDF5Attribute(text, form: .ascii)
        stamp(&archive.root)
        try archive.updateGroup("model_weights") { root in
            stamp(&root)
            try root.setStringList("layer_names", model.properLayers.map(\.written.name))
            for (layer, written) in model.properLayers {
                try withContext(.layer(name: written.name, type: layer.writtenClassName)) {
                    try add(layer, written, to: &root)
                }
            }
        }
        return archive
    }

    private static func stamp(_ group: inout HDF5Group) {
        group.attributes["keras_version"] = HDF5Attribute(LegacyConfiguration.version)
        group.attributes["backend"] = HDF5Attribute("tensorflow")
    }

    private static func add(
        _ layer: any KerasLayer, _ written: WrittenLayer, to root: inout HDF5Group
    ) throws {
        try root.updateGroup(written.name) { group in
            var names: [String] = []
            for expected in ExpectedVariable.legacyOrder(layer.variables, isTrainable: true) {
                var weights = written.weights
                for name in expected.path { weights = weights.groups[name] ?? WrittenWeights() }
                guard let tensor = weights.own[expected.variable.name] else {
                    throw HingeError(
                        .internalError, "the variable '\(expected.variable.name)' was not given")
                }
                let path = ([written.name] + expected.path + [expected.variable.name])
                    .joined(separator: "/")
                names.append("\(path):0")
                try group.add(HDF5Dataset(tensor), at: "\(path):0")
            }
            try group.setStringList("weight_names", names)
        }
    }
}
