import HingeGraph
import HingeOperators

extension Model {
    /// The model with another version of the file format.
    ///
    /// Before version 4, initializers are inputs too.
    ///
    /// - Throws: ``HingeError`` with the code `usage` when there is no such version, or with the code `unsupported`, which names
    ///   what it doesn't have of the model.
    func stating(irVersion version: Int) throws -> Model {
        // Before version 3, models do not say which operators they import.
        guard (3...IRVersion.newest).contains(version) else {
            throw HingeError(
                .usage,
                "expected a version of the format from 3 to \(IRVersion.newest), found \(version)")
        }
        let later = IRFeatures.later(than: version, in: self)
        guard later.isEmpty else {
            let list = later.map { "\($0.feature) (from version \($0.version))" }
            throw HingeError(
                .unsupported,
                "version \(version) of the format can't hold \(list.joined(separator: ", "))")
        }
        var model = self
        model.irVersion = version
        guard version < 4 else { return model }
        let inputs = Set(graph.inputs.map(\.name))
        for constant in graph.initializers where !inputs.contains(constant.name) {
            let tensor = constant.tensor
            model.graph.inputs.append(
                ValueInfo(
                    name: constant.name, type: .tensor(tensor.dataType, Shape(tensor.shape))))
        }
        return model
    }
}
