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

    /// What a recording holds for a model.
    public struct Fitted: Sendable {
        /// The inputs, by the model's names.
        public var inputs: [String: Value] = [:]
        /// The outputs, by the model's names.
        public var outputs: [String: Value] = [:]
        /// What is recorded and not used, and the outputs that aren't recorded.
        public var notes: [String] = []
    }

    /// The tensors of a model's inputs and outputs, by the model's names.
    ///
    /// Members of other names are allowed only if all outputs of the model are recorded, and not if they are named as
    /// inputs or outputs are.
    ///
    /// - Throws: ``HingeError`` when an input isn't there, no output is, or a member belongs to nothing.
    public func fit(to model: Model) throws -> Fitted {
        var fitted = Fitted()
        var unused = Set(tensors.keys)
        let required = model.graph.requiredInputs
        let names = Set(required.map(\.name))
        let optional = model.graph.inputs.filter { !names.contains($0.name) }
        for (index, info) in (required + optional).enumerated() {
            if let member = member(info.name, "in", index) {
                unused.remove(member)
                fitted.inputs[info.name] = tensors[member].map { .tensor($0) }
            } else if index < required.count {
                throw missing("input '\(info.name)' (or 'in_\(index)')")
            }
        }
        var absent: [String] = []
        for (index, info) in model.graph.outputs.enumerated() {
            if let member = member(info.name, "out", index) {
                unused.remove(member)
                fitted.outputs[info.name] = tensors[member].map { .tensor($0) }
            } else {
                absent.append(info.name)
            }
        }
        guard !fitted.outputs.isEmpty else { throw missing("output, by name or as 'out_0'") }
        let isPort = { (name: String) in name.hasPrefix("in_") || name.hasPrefix("out_") }
        if let name = unused.sorted().first(where: { !absent.isEmpty || isPort($0) }) {
            let ports = (model.graph.inputs + model.graph.outputs).map { "'\($0.name)'" }
            throw HingeError(
                .mismatch,
                "the recording's member '\(name)' is no input or output of the model, which has "
                    + ports.joined(separator: ", "))
        }
        fitted.notes =
            absent.map { "output '\($0)' is not in the recording and was not compared" }
            + unused.sorted().map { "the recording's member '\($0)' was not used" }
        return fitted
    }

    private func member(_ name: String, _ prefix: String, _ index: Int) -> String? {
        [name, "\(prefix)_\(name)", "\(prefix)_\(index)"].first { tensors[$0] != nil }
    }

    private func missing(_ what: String) -> HingeError {
        let names = tensors.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        return HingeError(.mismatch, "the recording has no \(what); it has \(names)")
    }
}
