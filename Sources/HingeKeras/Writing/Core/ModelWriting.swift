import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// A model under translation into layers: what is known of its values, and the layers made so far.
final class ModelWriting {
    /// Who is to read the model.
    let target: ConfigWriter.Target
    /// The graph.
    let graph: Graph
    /// What is known of its values.
    let inferred: InferredGraph
    /// The layers so far.
    private(set) var layers: [WrittenLayer] = []
    private var names = LayerNames()
    private var tensors: [String: KerasTensor] = [:]
    /// Why the layers of values couldn't be made; it matters only if somebody needs them.
    private var failures: [String: HingeError] = [:]
    /// Why nodes couldn't be written, by index, where that isn't for the want of an input.
    var causes: [Int: HingeError] = [:]
    /// The constants that were computed here; inference knows the others.
    private var constants: [String: Tensor] = [:]
    private var consumers: [String: [Int]] = [:]
    private var producers: [String: Int] = [:]
    /// The nodes that the layer of another node stands for too.
    private(set) var absorbed: Set<Int> = []
    /// The names that layers get because they are those of inputs and outputs.
    private var publicNames: [String: String] = [:]

    init(_ graph: Graph, _ inferred: InferredGraph, target: ConfigWriter.Target) {
        self.graph = graph
        self.inferred = inferred
        self.target = target
        for (index, node) in graph.nodes.enumerated() {
            for name in Set(node.inputs) where !name.isEmpty {
                consumers[name, default: []].append(index)
            }
            for name in node.outputs where !name.isEmpty { producers[name] = index }
        }
    }
}

/// Says that what a node needs couldn't be made; the reason has the context of its own node.
struct Failure: Error {
    /// Why it couldn't be made.
    let reason: HingeError
}

// MARK: - Values

extension ModelWriting {
    /// The tensor that a value of the graph has become.
    ///
    /// - Throws: ``Failure`` with the reason why the node that produces it couldn't be written; ``HingeError`` when there
    ///   is no such node.
    func tensor(_ name: String) throws -> KerasTensor {
        guard let tensor = tensors[name] else {
            if let failure = failures[name] { throw Failure(reason: failure) }
            if hasDefault(name) { throw ModelWriting.needsFrozenInput(name) }
            if graph.sparseInitializers.contains(where: { $0.name == name }) {
                throw HingeError(.unsupported, "the sparse constant '\(name)' is not supported")
            }
            throw HingeError(.badData, "nothing produces the value '\(name)'")
        }
        return tensor
    }

    /// Whether all outputs of a node have become tensors, or are constants.
    func isDone(_ node: Node) -> Bool {
        node.outputs.allSatisfy {
            $0.isEmpty || tensors[$0] != nil || constant($0) != nil
        }
    }

    /// Says why the outputs of a node couldn't be made, and those of the nodes that its layer should have computed too.
    func fail(_ node: Node, _ error: HingeError) {
        var current: Node? = node
        while let node = current {
            for output in node.outputs where !output.isEmpty { failures[output] = error }
            current = absorbed(by: node)
        }
    }

    /// Says why there is no tensor of an input.
    func fail(_ input: String, _ error: HingeError) { failures[input] = error }

    /// Why a value couldn't be made: what is wrong with the nodes that it is computed by.
    ///
    /// What comes before a node that can't be written is looked at too, but for shapes, axes and positions, which a layer
    /// may not need as tensors.
    func causes(of output: String) -> [HingeError] {
        var found: [HingeError] = []
        var seen: Set<Int> = []
        var open = [output]
        while let name = open.popLast() {
            guard tensors[name] == nil, constant(name) == nil, let index = producer(of: name),
                seen.insert(index).inserted
            else { continue }
            if let cause = causes[index] { found.append(cause) }
            let inputs = graph.nodes[index].inputs.filter { causes[index] == nil || !isIndex($0) }
            open += inputs.reversed()
        }
        return found
    }

    /// Whether a value is a vector or scalar of integers.
    private func isIndex(_ name: String) -> Bool {
        guard let type = inferred.type(of: name), let rank = type.shape?.rank else { return false }
        return rank <= 1 && (type.dataType == .int64 || type.dataType == .int32)
    }

    /// The nodes that use a value.
    func consumers(of name: String) -> [Int] { name.isEmpty ? [] : consumers[name] ?? [] }

    /// Whether the graph gives a value out.
    func isOutput(_ name: String) -> Bool { graph.outputs.contains { $0.name == name } }

    /// Says which tensor a value of the graph has become.
    func set(_ name: String, _ tensor: KerasTensor) {
        guard !name.isEmpty else { return }
        var tensor = tensor
        if let type = inferred.type(of: name) {
            tensor.type = type.dataType ?? tensor.type
            tensor.shape = type.shape ?? tensor.shape
        }
        tensors[name] = tensor
    }

    /// The one node that uses a value; `nil` when there are others or the graph gives the value out.
    func soleConsumer(of name: String) -> Int? {
        guard let users = consumers[name], users.count == 1, let user = users.first,
            !graph.outputs.contains(where: { $0.name == name }),
            graph.nodes[user].inputs.count(where: { $0 == name }) == 1
        else { return nil }
        return user
    }

    /// The value, if it is a constant.
    func constant(_ name: String) -> Tensor? {
        name.isEmpty ? nil : constants[name] ?? inferred.constant(name)
    }

    /// Whether a value is an input with a default that a caller may override.
    func hasDefault(_ name: String) -> Bool {
        inferred.constant(name) == nil && graph.initializers.contains { $0.name == name }
    }

    /// The error of an input with a default.
    static func needsFrozenInput(_ name: String) -> HingeError {
        HingeError(
            .unsupported,
            "'\(name)' is an input with a default value, which Keras doesn't have; freeze the inputs "
                + "(--freeze-inputs) to make it a constant")
    }

    /// Says that a value is a constant.
    func set(_ name: String, constant: Tensor) { constants[name] = constant }

    /// The shape of a value, if its rank is known.
    func shape(_ name: String) -> Shape? { inferred.type(of: name)?.shape }

    /// The operator of a node, whatever its layout; `nil` when it isn't known.
    func `operator`(_ index: Int) -> (any Operator)? {
        let found = inferred.operators[index]
        return (found as? ChannelsLast)?.base ?? found
    }

    /// The node that produces a value, if one does.
    func producer(of name: String) -> Int? { producers[name] }

    /// Marks a node as done: the layer of another one computes its output too.
    func absorb(_ index: Int) { absorbed.insert(index) }

    /// The node that a node's layer computes too, if there is one.
    func absorbed(by node: Node) -> Node? {
        guard let output = node.outputs.first, let user = soleConsumer(of: output),
            absorbed.contains(user)
        else { return nil }
        return graph.nodes[user]
    }

    /// Makes the outputs of the nodes that a node's layer computes too the tensor that it gives.
    func setAbsorbed(after node: Node) {
        var current = node
        while let next = absorbed(by: current), let tensor = tensors[current.outputs[0]] {
            set(next.outputs[0], tensor)
            current = next
        }
    }
}

// MARK: - Names

extension ModelWriting {
    /// Takes the names of inputs and outputs before any layer gets one.
    func reservePublicNames() {
        for input in graph.requiredInputs where publicNames[input.name] == nil {
            publicNames[input.name] = names.take(input.name)
        }
        for output in graph.outputs where publicNames[output.name] == nil {
            publicNames[output.name] = names.take(output.name)
        }
    }

    /// The name that was reserved for an input or output; each can be used once.
    func takePublicName(_ value: String) -> String? { publicNames.removeValue(forKey: value) }

    /// A name that no layer has, as close to the one wanted as possible.
    func name(_ wanted: String) -> String { names.take(wanted) }
}

// MARK: - Layers

extension ModelWriting {
    /// Adds a layer or operation with its call.
    func append(_ layer: WrittenLayer) -> [KerasTensor] {
        layers.append(layer)
        return layer.outputs.enumerated().map { index, output in
            KerasTensor(
                layer: layers.count - 1, output: index, type: output.type, shape: output.shape)
        }
    }
}
