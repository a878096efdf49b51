import HingeGraph

/// Recorded inputs and outputs of a model, as named tensors: the members of a `.npz` file.
///
/// Members are matched with the model's inputs and outputs by name, or by position as `in_0`, `in_1`, … and
/// `out_0`, `out_1`, …; a name may also stand behind the prefix (`in_left`, `out_sum`). Inputs that have a default
/// in the model come after those that have none, and may be left out.
public struct Recording: Sendable {
    /// The tensors, by name.
    public var tensors: [String: Tensor]

    /// Creates a recording.
    public init(_ tensors: [String: Tensor]) {
        self.tensors = tensors
    }

    /// The tensors of a model's inputs and outputs, by the model's names.
    ///
    /// - Throws: ``HingeError`` when an input isn't there or no output is.
    public func fit(to model: Model) throws -> (inputs: [String: Value], outputs: [String: Value]) {
        var inputs: [String: Value] = [:]
        let required = model.graph.requiredInputs
        let names = Set(required.map(\.name))
        let optional = model.graph.inputs.filter { !names.contains($0.name) }
        for (index, info) in (required + optional).enumerated() {
            if let tensor = find(info.name, "in", index) {
                inputs[info.name] = .tensor(tensor)
            } else if index < required.count {
                throw missing("input '\(info.name)' (or 'in_\(index)')")
            }
        }
        var outputs: [String: Value] = [:]
        for (index, info) in model.graph.outputs.enumerated() {
            if let tensor = find(info.name, "out", index) { outputs[info.name] = .tensor(tensor) }
        }
        guard !outputs.isEmpty else { throw missing("output, by name or as 'out_0'") }
        return (inputs, outputs)
    }

    private func find(_ name: String, _ prefix: String, _ index: Int) -> Tensor? {
        tensors[name] ?? tensors["\(prefix)_\(name)"] ?? tensors["\(prefix)_\(index)"]
    }

    private func missing(_ what: String) -> HingeError {
        let names = tensors.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        return HingeError(.mismatch, "the recording has no \(what); it has \(names)")
    }
}
