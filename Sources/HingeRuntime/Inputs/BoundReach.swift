import HingeGraph
import HingeOperators

/// Makes some elements of made-up inputs larger, until values inside the model lie beyond the bounds that operators hold
/// them to.
///
/// Normally distributed inputs seldom drive the features of a network beyond the 6 of a bounded Relu, and a bound that
/// nothing reaches may be wrong without a difference. Half of each input keeps its size, so that nothing else is
/// driven into saturation everywhere.
struct BoundReach {
    /// Values that nodes compute, and the bounds that should lie within what they are.
    let bounds: [String: [Double]]

    /// The most values that are looked at.
    private static let valueLimit = 64
    /// By how much an element becomes larger at most.
    private static let factorLimit = 64.0
    /// How far beyond a bound the largest element should be.
    private static let margin = 1.5

    init(_ needs: InputNeeds, _ graph: Graph) {
        var bounds: [String: [Double]] = [:]
        for name in graph.nodes.flatMap(\.outputs) where bounds.count < BoundReach.valueLimit {
            let landmarks = needs[name]?.landmarks.filter { $0 != 0 } ?? []
            if !landmarks.isEmpty { bounds[name] = landmarks }
        }
        self.bounds = bounds
    }

    /// The inputs with elements made larger where that is needed.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - scalable: Those whose elements may have any size.
    func extending(
        _ inputs: [String: Value], of model: Model, scalable: Set<String>
    ) -> [String: Value] {
        guard !bounds.isEmpty, !scalable.isEmpty,
            let session = try? Session(model),
            let values = try? session.run(inputs, outputs: Array(bounds.keys))
        else { return inputs }
        var factor = 1.0
        for (name, landmarks) in bounds {
            guard let numbers = try? values[name]?.tensor?.doubles() else { continue }
            let finite = numbers.filter(\.isFinite)
            guard let low = finite.min(), let high = finite.max() else { continue }
            for landmark in landmarks where !(low...high).contains(landmark) {
                let reached = landmark > 0 ? high : -low
                if reached > 0 { factor = max(factor, BoundReach.margin * abs(landmark) / reached) }
            }
        }
        guard factor > 1 else { return inputs }
        var result = inputs
        for name in scalable.sorted() {
            guard let tensor = inputs[name]?.tensor,
                let larger = try? enlarged(tensor, by: min(factor, BoundReach.factorLimit))
            else { continue }
            result[name] = .tensor(larger)
        }
        return result
    }

    private func enlarged(_ tensor: Tensor, by factor: Double) throws -> Tensor {
        var numbers = try tensor.doubles()
        for index in numbers.count / 2..<numbers.count { numbers[index] *= factor }
        return try Tensor(numbers, shape: tensor.shape).converted(to: tensor.dataType)
    }
}
