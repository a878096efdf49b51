import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// A node under translation into layers: what rules see of it, and how they make layers.
struct NodeWriting {
    /// The model.
    let model: ModelWriting
    /// Where the node is in the graph.
    let index: Int
    /// The node's operator.
    let `operator`: any Operator
    /// Whether the operator's first input and output are channels-last.
    let isChannelsLast: Bool

    /// The node.
    var node: Node { model.graph.nodes[index] }
    /// Who is to read the model.
    var target: ConfigWriter.Target { model.target }
}

// MARK: - Inputs and outputs

extension NodeWriting {
    /// Whether the node has the input.
    func has(_ position: Int) -> Bool {
        position < node.inputs.count && !node.inputs[position].isEmpty
            || `operator`.operandValues[position] != nil
    }

    /// The input, if it is a constant.
    func constant(_ position: Int) -> Tensor? {
        if let value = `operator`.operandValues[position] { return value }
        return position < node.inputs.count ? model.constant(node.inputs[position]) : nil
    }

    /// The input, which must be a constant.
    ///
    /// - Throws: ``HingeError`` when it is computed, or isn't there.
    func requiredConstant(_ position: Int, _ name: String) throws -> Tensor {
        guard let constant = constant(position) else {
            if has(position), model.hasDefault(node.inputs[position]) {
                throw ModelWriting.needsFrozenInput(node.inputs[position])
            }
            throw HingeError(
                .unsupported, "Keras needs \(name) to be a constant, and it is computed")
        }
        return constant
    }

    /// The integers of an input, which must be a constant; `nil` when it isn't there.
    ///
    /// - Throws: ``HingeError`` when it is computed.
    func integers(_ position: Int, _ name: String) throws -> [Int]? {
        guard has(position) else { return nil }
        return try requiredConstant(position, name).integers()
    }

    /// The input as a tensor that layers compute.
    ///
    /// - Throws: ``HingeError`` when it is a constant, or isn't there.
    func tensor(_ position: Int) throws -> KerasTensor {
        guard position < node.inputs.count, !node.inputs[position].isEmpty else {
            throw HingeError(.badData, "expected input \(position), found none")
        }
        let name = node.inputs[position]
        guard model.constant(name) == nil else {
            throw HingeError(
                .unsupported, "Keras can't express this with input \(position) a constant")
        }
        return try model.tensor(name)
    }

    /// The input as an argument of an operation: a tensor, or a constant.
    ///
    /// - Throws: ``HingeError`` when it isn't there, or is a constant too large for a configuration.
    func argument(_ position: Int) throws -> CallArgument<KerasTensor> {
        if let constant = constant(position) { return .constant(constant) }
        return .tensor(try tensor(position))
    }

    /// The element type of an input.
    ///
    /// - Throws: ``HingeError`` when it isn't known.
    func type(_ position: Int) throws -> DataType {
        if let type = constant(position)?.dataType { return type }
        return try tensor(position).type
    }

    /// The shape of an input.
    ///
    /// - Throws: ``HingeError`` when its rank isn't known.
    func shape(_ position: Int) throws -> Shape {
        if let constant = constant(position) { return Shape(constant.shape) }
        return try tensor(position).shape
    }

    /// The type of an output.
    ///
    /// - Throws: ``HingeError`` when it isn't known.
    func output(_ position: Int = 0) throws -> OutputType {
        try ModelWriting.outputType(node.outputs[position], model.inferred)
    }

    /// Whether somebody uses an output.
    func isUsed(_ position: Int) -> Bool {
        guard position < node.outputs.count, case let name = node.outputs[position] else {
            return false
        }
        return !model.consumers(of: name).isEmpty || model.isOutput(name)
    }

    /// An error that says that Keras can't express the node.
    func unsupported(_ message: String) -> HingeError { HingeError(.unsupported, message) }
}

extension ModelWriting {
    /// What is known of a value that must have a type and a rank.
    ///
    /// - Throws: ``HingeError`` when it isn't known.
    static func outputType(_ name: String, _ inferred: InferredGraph) throws -> OutputType {
        guard let type = inferred.type(of: name), let dataType = type.dataType,
            let shape = type.shape
        else {
            throw HingeError(
                .unsupported, "the type or the number of dimensions of '\(name)' is not known")
        }
        return OutputType(dataType, shape)
    }
}

// MARK: - Making layers

extension NodeWriting {
    /// The name of a layer: the node's own for what it mainly does.
    private func layerName(_ role: String?) -> String {
        var base = node.name
        if base.isEmpty { base = node.outputs.first { !$0.isEmpty } ?? node.type }
        guard let role else {
            // What gives out a value of the model has the value's name.
            let outputs = lastOutputs
            if outputs.count == 1, let name = model.takePublicName(outputs[0]) { return name }
            return model.name(base)
        }
        return model.name("\(base)_\(role)")
    }

    /// The outputs of the node, or of the node that it has absorbed last.
    private var lastOutputs: [String] {
        var last = node
        while let next = model.absorbed(by: last) { last = next }
        return last.outputs.filter { !$0.isEmpty }
    }

    /// Adds a layer with one output.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - inputs: The tensors that it is called with; more than one are given as a list.
    ///   - weights: Its weights.
    ///   - type: What it gives.
    ///   - role: What it does for the node, for its name; `nil` for what the node mainly does.
    func layer(
        _ layer: any KerasLayer, _ inputs: KerasTensor...,
        weights: WrittenWeights = WrittenWeights(),
        giving type: OutputType, as role: String? = nil
    ) throws -> KerasTensor {
        let leaves = inputs.map { CallArgument.tensor($0) }
        return try self.layer(
            layer, CallArguments(inputs.count == 1 ? leaves : [.list(leaves)]), weights: weights,
            giving: [type], as: role)[0]
    }

    /// Adds a layer with any call.
    func layer(
        _ layer: any KerasLayer, _ arguments: CallArguments<KerasTensor>,
        weights: WrittenWeights = WrittenWeights(), giving types: [OutputType],
        as role: String? = nil
    ) throws -> [KerasTensor] {
        let floating =
            types.lazy.map(\.type).first { $0.isFloatingPoint }
            ?? arguments.leaves.lazy.map(\.type).first { $0.isFloatingPoint }
        return model.append(
            WrittenLayer(
                name: layerName(role), kind: .layer(layer, computesIn: floating ?? .float32),
                arguments: arguments, outputs: types,
                weights: try weights.cast(to: floating ?? .float32)))
    }

    /// Adds an operation of Keras 3 with one output.
    ///
    /// - Parameters:
    ///   - operation: The class.
    ///   - config: The arguments of its constructor.
    ///   - arguments: The arguments of its call, by position.
    ///   - type: What it gives.
    ///   - role: What it does for the node, for its name; `nil` for what the node mainly does.
    /// - Throws: ``HingeError`` when the target holds layers only.
    func operation(
        _ operation: OperationClass, _ config: [(String, JSONValue)] = [],
        _ arguments: CallArgument<KerasTensor>..., giving type: OutputType, as role: String? = nil
    ) throws -> KerasTensor {
        try self.operation(
            operation, config, CallArguments(arguments), giving: [type], as: role)[0]
    }

    /// Adds an operation of Keras 3 with any call.
    ///
    /// - Throws: ``HingeError`` when the target holds layers only.
    func operation(
        _ operation: OperationClass, _ config: [(String, JSONValue)],
        _ arguments: CallArguments<KerasTensor>, giving outputs: [OutputType],
        as role: String? = nil
    ) throws -> [KerasTensor] {
        guard target == .keras3 else {
            throw HingeError(
                .unsupported,
                "this needs Keras's operation '\(operation.name)', which .h5 files can't hold; "
                    + "write a .keras file")
        }
        let types = arguments.leaves.map(\.type) + outputs.map(\.type)
        if types.contains(.uint64), !NodeWriting.keeping64Bits.contains(operation.name) {
            throw unsupported(
                "Keras's operation '\(operation.name)' computes uint64 in 32 bits")
        }
        var object = JSONObject()
        for (key, value) in config { object[key] = value }
        return model.append(
            WrittenLayer(
                name: layerName(role), kind: .operation(operation, config: object),
                arguments: arguments, outputs: outputs))
    }

    /// The operations that keep `uint64` as it is; others, arithmetic above all, take it as `uint32` without a word.
    private static let keeping64Bits: Set<String> = [
        "BroadcastTo", "Cast", "Concatenate", "ExpandDims", "Flip", "GetItem", "Max", "Min", "Pad",
        "Repeat", "Reshape", "Split", "Squeeze", "Take", "TakeAlongAxis", "Tile", "Transpose",
    ]
}
