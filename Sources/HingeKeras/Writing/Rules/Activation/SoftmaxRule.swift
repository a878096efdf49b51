import HingeGraph
import HingeOperators

/// `Softmax` as `Softmax`, along one axis.
struct SoftmaxRule: OperatorRule {
    func write(_ operator: Softmax, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try node.axis(of: `operator`, x)
        return [try node.layer(SoftmaxLayer(axes: [axis]), x, giving: try node.output())]
    }
}

extension NodeWriting {
    /// The axis of an operator along an axis, counted from the end when it is the last.
    ///
    /// - Throws: ``HingeError`` when the operator works on several axes as one, as versions before 13 do, and they
    ///   aren't one in fact.
    func axis(of operator: any AxisActivation, _ x: KerasTensor) throws -> Int {
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        let isLast = axis == x.rank - 1
        if `operator`.isFlattened, !isLast {
            guard x.shape.dimensions[(axis + 1)...].allSatisfy({ $0 == 1 }) else {
                throw unsupported(
                    "axes \(axis) to \(x.rank - 1) are normalized together, which Keras can't express"
                )
            }
        }
        return isLast ? -1 : axis
    }
}
