import HingeGraph
import HingeHDF5

/// The weights of a model as `.weights.h5` files have them: in groups that follow the attributes of Python objects,
/// `layers/dense_1/vars/0`.
enum PathWeights {
    /// The file.
    ///
    /// - Throws: ``HingeError`` when a layer lacks a variable.
    static func archive(_ model: WrittenModel) throws -> HDF5Archive {
        var archive = HDF5Archive()
        try archive.updateGroup("vars")
        try archive.updateGroup("layers")
        var counters: [String: Int] = [:]
        for (layer, written) in model.properLayers {
            let base = PythonName.snakeCase(layer.writtenClassName)
            let count = counters[base, default: 0]
            counters[base] = count + 1
            guard layer.variables.count > 0 else { continue }
            let path = "layers/\(base)" + (count == 0 ? "" : "_\(count)")
            try withContext(.layer(name: written.name, type: layer.writtenClassName)) {
                try add(
                    layer.variables, written.weights, named: written.name, at: path, to: &archive)
            }
        }
        return archive
    }

    private static func add(
        _ variables: LayerVariables, _ weights: WrittenWeights, named name: String,
        at path: String, to archive: inout HDF5Archive
    ) throws {
        try archive.updateGroup("\(path)/vars") { group in
            group.attributes["name"] = HDF5Attribute(name)
        }
        for (index, variable) in variables.own.enumerated() {
            guard let tensor = weights.own[variable.name] else {
                throw HingeError(.internalError, "the variable '\(variable.name)' was not given")
            }
            try archive.add(HDF5Dataset(tensor), at: "\(path)/vars/\(index)")
        }
        var counters: [String: Int] = [:]
        for group in variables.groups {
            let inner: String
            switch group.location {
            case .attribute(let names): inner = names.first ?? group.name
            case .listed(let list, let className):
                let base = PythonName.snakeCase(className)
                let count = counters[base, default: 0]
                counters[base] = count + 1
                inner = "\(list)/\(base)" + (count == 0 ? "" : "_\(count)")
            }
            try add(
                group.variables, weights.groups[group.name] ?? WrittenWeights(), named: group.name,
                at: "\(path)/\(inner)", to: &archive)
        }
    }
}
