/// Each element of `[N, depth, height, width, C]` as many times, N the batch and C the channels.
///
/// Source: Keras `UpSampling3D(size=2)`.
struct UpSampling3DLayer: UpSamplingLayer {
    static let className = "UpSampling3D"
    static let spatialRank = 3
    var size: [Int]
    var dataFormat = DataFormat.channelsLast
}

extension UpSampling3DLayer {
    init(_ config: ConfigReader) throws {
        size = try config.tuple("size", count: 3, default: 2)
        dataFormat = try config.dataFormat()
    }
}
