import HingeGraph
import Testing

@testable import HingeOperators

/// What operators give in single precision is what they give in double precision, rounded once.
@Suite("Rounding") struct RoundingTests {
    /// How many units in the last place a result may be off: half of one, and what the C library's functions of single precision
    /// add to it.
    private static let units = 0.6

    /// Operators that round more often, and how many units in the last place of 1 or more that takes the results of their
    /// samples.
    private static let exceptions: [String: Double] = [
        // The products and sums that it stands for.
        "CausalConvWithState": 2,
        // The scores and probabilities that its bodies see.
        "FlexAttention": 2,
        // Once for each dimension.
        "Resize": 1.5,
    ]

    /// Samples in single precision, with numbers that have as many digits as it holds.
    static let samples: [Sample] = Sample.all.compactMap { sample in
        guard sample.inputs.contains(where: { $0?.dataType == .float32 }),
            sample.operation.id.domain != "com.microsoft"
        else { return nil }
        let rough = Sample(
            sample.operation, sample.inputs.map { $0.map(Self.rough) }, sample.testDescription)
        guard let y = try? rough.output(), y.dataType == .float32,
            (try? Self.exact(rough)) != nil
        else { return nil }
        return rough
    }

    /// Numbers that are a little nearer to 0 or, beyond 1, a little farther from it: what a function is defined for stays so.
    private static func rough(_ tensor: Tensor) -> Tensor {
        guard let values = try? tensor.floats(), tensor.dataType == .float32 else { return tensor }
        let changed = values.enumerated().map { index, x -> Float in
            let change = Float((index * 37 + 11) % 101) / 6464.7
            return x.magnitude == 1 ? x : x.magnitude < 1 ? x * (1 - change) : x * (1 + change)
        }
        return Tensor(changed, shape: tensor.shape)
    }

    /// Output 0 of the same numbers in double precision.
    private static func exact(_ sample: Sample) throws -> Tensor {
        let wide = try sample.inputs.map { tensor -> Tensor? in
            guard let tensor, tensor.dataType == .float32 else { return tensor }
            return try tensor.converted(to: .float64)
        }
        let y = try Sample(sample.operation, wide).output()
        guard y.dataType == .float64 else {
            throw HingeError(.unsupported, "\(sample.operation.id) gives \(y.dataType)")
        }
        return y
    }

    @Test("A result is rounded once", arguments: samples)
    func rounding(_ sample: Sample) throws {
        let exact = try Self.exact(sample).doubles()
        let limit = Self.exceptions[sample.operation.id.type]
        try expectClose(
            sample.output(), exact, units: limit ?? Self.units, floor: limit == nil ? 0 : 1)
    }

    @Test("Nearly all operators on numbers are compared")
    func coverage() {
        let types = Set(Self.samples.map(\.operation.id.type))
        #expect(types.count >= 120, "\(types.count): \(types.sorted())")
    }
}
