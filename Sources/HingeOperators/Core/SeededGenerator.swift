/// A generator of random numbers that gives the same sequence for the same seed on every platform.
///
/// Source: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a generator.
    public init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// The generator as it is after a number of draws of 64 bits.
    func advanced(by count: UInt64) -> SeededGenerator {
        SeededGenerator(seed: state &+ count &* 0x9E37_79B9_7F4A_7C15)
    }

    /// A number from 0 to 1, 1 excluded, evenly distributed.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number with mean 0 and standard deviation 1, normally distributed (Box and Muller).
    public mutating func normal() -> Double {
        let radius = (-2 * RealMath.log(1 - uniform())).squareRoot()
        return radius * RealMath.cos(2 * .pi * uniform())
    }
}
