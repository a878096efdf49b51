import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// What quantized models in tests are made of.
enum Quantized {
    /// Random integers of a type, all of them there are, or within bounds.
    static func integers(
        _ shape: [Int], _ type: DataType, seed: UInt64, in bounds: ClosedRange<Int>? = nil
    ) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        let bounds = bounds ?? (type == .uint8 ? 0...255 : -128...127)
        let values = (0..<shape.reduce(1, *)).map { _ in
            bounds.lowerBound + Int(generator.next() % UInt64(bounds.count))
        }
        return tensor(values, type, shape)
    }

    /// Integers as a tensor of a type.
    static func tensor(_ values: [Int], _ type: DataType, _ shape: [Int]) -> Tensor {
        switch type {
        case .uint8: Tensor(values.map { UInt8($0) }, shape: shape)
        case .int8: Tensor(values.map { Int8($0) }, shape: shape)
        default: Tensor(values.map { Int32($0) }, shape: shape)
        }
    }

    /// Scales between a half and twice `scale`.
    static func scales(_ count: Int?, around scale: Float, seed: UInt64) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<(count ?? 1)).map { _ in
            scale * (0.5 + 1.5 * Float(generator.next() % 1000) / 1000)
        }
        return Tensor(values, shape: count.map { [$0] } ?? [])
    }
}

extension GraphBuilder {
    /// Numbers that integers stand for.
    mutating func dequantized(
        _ x: Operand, _ scale: Float, _ zero: Int, _ type: DataType
    ) throws -> Operand {
        let (scale, zero) = quantization(scale, zero, type)
        return try append(DequantizeLinear(), x, scale, zero)
    }

    /// Integers that stand for numbers.
    mutating func quantized(
        _ x: Operand, _ scale: Float, _ zero: Int, _ type: DataType
    ) throws -> Operand {
        let (scale, zero) = quantization(scale, zero, type)
        return try append(QuantizeLinear(), x, scale, zero)
    }

    private mutating func quantization(
        _ scale: Float, _ zero: Int, _ type: DataType
    ) -> (scale: Operand, zero: Operand) {
        (constant(Tensor(scalar: scale)), constant(Quantized.tensor([zero], type, [])))
    }
}

extension EnginePair {
    /// Expects the same integers of both engines with 1 and 2 threads, but for `rate` of them, which may be one off: those
    /// whose numbers lie between two integers but for rounding.
    func expectSameIntegers(
        _ inputs: [String: Tensor], rate: Double = 0.002,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let values = inputs.mapValues { Value.tensor($0) }
        let expected = try reference.run(values)
        for threads in [1, 2] {
            let session = try Session(model, options: .init(threads: threads))
            let found = try session.run(values)
            #expect(found.count == expected.count, sourceLocation: sourceLocation)
            for (name, value) in expected {
                let a = try #require(found[name]?.tensor, sourceLocation: sourceLocation)
                let b = try #require(value.tensor, sourceLocation: sourceLocation)
                #expect(
                    a.shape == b.shape && a.dataType == b.dataType, sourceLocation: sourceLocation)
                let differences = zip(try a.doubles(), try b.doubles()).map { abs($0 - $1) }
                let count = differences.count { $0 != 0 }
                #expect(
                    differences.allSatisfy { $0 <= 1 }
                        && Double(count) <= (rate * Double(differences.count)).rounded(.up),
                    "'\(name)' with \(threads) threads: \(count) of \(differences.count) differ, by at most \(differences.max() ?? 0)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}
