/// Each step of `[N, steps, C]` as many times, N the batch and C the channels.
///
/// Source: Keras `UpSampling1D(size=2)`.
struct UpSampling1DLayer: UpSamplingLayer {
    static let className = "UpSampling1D"
    static let spatialRank = 1
    var size: [Int]
    var dataFormat = DataFormat.channelsLast
}

extension UpSampling1DLayer {
    init(_ config: ConfigReader) throws {
        size = try config.tuple("size", count: 1, default: 2)
    }
}
