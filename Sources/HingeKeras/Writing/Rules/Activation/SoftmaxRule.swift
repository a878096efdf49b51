import HingeGraph
import HingeOperators

/// `Softmax` as `Softmax`, along one axis, or over several where flattening and a reshape say so.
struct SoftmaxRule: OperatorRule {
    func write(_ operator: Softmax, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try node.axis(of: `operator`, x)
        let output = try node.output()
        if node.target == .keras3, axis == -1, let (whole, axes) = node.unflattened(x) {
            let type = OutputType(whole.type, whole.shape)
            node.absorbReshape()
            return [try node.layer(SoftmaxLayer(axes: axes), whole, giving: type)]
        }
        return [try node.layer(SoftmaxLayer(axes: [axis]), x, giving: output)]
    }
}

extension NodeWriting {
    /// The axis of an operator along an axis, counted from the end when it is the last.
    func axis(of operator: any AxisActivation, _ x: KerasTensor) throws -> Int {
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        return axis == x.rank - 1 ? -1 : axis
    }

    /// The tensor that was flattened to the node's input, and the axes that became the last one, if nobody uses the
    /// node's output but a reshape back.
    ///
    /// This is how the newest operators say what versions before 13 of `Softmax` meant.
    fileprivate func unflattened(_ x: KerasTensor) -> (KerasTensor, axes: [Int])? {
        guard let index = model.producer(of: node.inputs[0]),
            let flatten = model.operator(index) as? Flatten,
            let user = model.soleConsumer(of: node.outputs[0]), model.operator(user) is Reshape,
            let whole = try? model.tensor(model.graph.nodes[index].inputs[0]),
            let shape = model.shape(model.graph.nodes[user].outputs[0]), shape == whole.shape,
            !shape.dimensions.contains(.unknown)
        else { return nil }
        let first = flatten.axis < 0 ? flatten.axis + whole.rank : flatten.axis
        return first < whole.rank ? (whole, Array(first..<whole.rank)) : nil
    }

    /// Takes the reshape behind the node into the node's layer.
    fileprivate func absorbReshape() {
        if let user = model.soleConsumer(of: node.outputs[0]) { model.absorb(user) }
    }
}
