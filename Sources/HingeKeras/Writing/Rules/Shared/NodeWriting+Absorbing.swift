import HingeGraph
import HingeOperators

extension NodeWriting {
    /// The node that this node's layer computes last, as far as is known now.
    private var last: Node {
        var last = node
        while let next = model.absorbed(by: last) { last = next }
        return last
    }

    /// Takes the addition of a constant vector behind the node into the node's layer.
    ///
    /// - Returns: The vector, of `count` elements; `nil` when there is no such addition.
    func absorbBias(_ count: Int) throws -> Tensor? {
        let last = last
        guard let output = last.outputs.first, let user = model.soleConsumer(of: output),
            model.operator(user) is Add
        else { return nil }
        let other = model.graph.nodes[user].inputs.first { $0 != output } ?? ""
        guard let constant = model.constant(other),
            let rank = model.shape(output)?.rank, constant.rank <= rank,
            let vector = try constant.vector(count)
        else { return nil }
        model.absorb(user)
        return vector
    }

    /// Takes an activation behind the node into the node's layer, if it was a part of the layer that the node came from:
    /// its name says so, `dense/activation` behind `dense`.
    func absorbActivation() -> KerasActivation {
        let last = last
        guard !node.name.isEmpty, let output = last.outputs.first,
            let user = model.soleConsumer(of: output),
            model.graph.nodes[user].name.hasPrefix("\(node.name)/"),
            let source = model.operator(user), let name = ActivationName(source)
        else { return .linear }
        model.absorb(user)
        return .name(name)
    }
}

extension ActivationName {
    /// The function that an operator is, if a plain name stands for it in all generations of Keras.
    init?(_ operator: any Operator) {
        switch `operator` {
        case is Relu: self = .relu
        case is Sigmoid: self = .sigmoid
        case is Tanh: self = .tanh
        case is Softplus: self = .softplus
        case is Softsign: self = .softsign
        case is Exp: self = .exponential
        case let elu as Elu where elu.alpha == 1: self = .elu
        case let selu as Selu where selu.isStandard: self = .selu
        case let softmax as Softmax where softmax.axis == -1:
            self = .softmax
        default: return nil
        }
    }
}

extension Selu {
    /// Whether the parameters are those that the function by name has.
    var isStandard: Bool { alpha == Selu().alpha && gamma == Selu().gamma }
}
