import HingeGraph

/// Random numbers that an operator draws: from the sequence of its own seed, or else from that of whoever runs it.
///
/// The number at a place depends on the place alone, not on how the work is shared among threads.
extension EvaluationContext {
    /// Writes output 0, each element a number drawn for its place.
    ///
    /// - Parameters:
    ///   - seed: The seed that the model states.
    ///   - drawCount: How many times a number at most draws 64 random bits.
    ///   - draw: Draws the number for a place; several threads call it at the same time.
    mutating func fillRandomly(
        _ dataType: DataType, _ shape: [Int], seed: Float?, drawCount: Int,
        _ draw: (inout SeededGenerator, Int) -> Double
    ) throws {
        let output = try output(0, dataType, shape)
        let start = seed.map { SeededGenerator(seed: UInt64($0.bitPattern)) } ?? generator
        try output.fill(cost: drawCount * RealMath.cost) { index in
            var generator = start.advanced(by: UInt64(index) &* UInt64(drawCount))
            return draw(&generator, index)
        }
        if seed == nil {
            generator = generator.advanced(by: UInt64(output.count) &* UInt64(drawCount))
        }
    }
}
