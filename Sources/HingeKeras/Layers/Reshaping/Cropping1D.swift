/// The spatial axes of `[N, steps, C]` without their borders, N the batch and C the channels.
///
/// Source: Keras `Cropping1D(cropping=1)`.
struct Cropping1DLayer: CroppingLayer {
    static let className = "Cropping1D"
    static let spatialRank = 1
    static let standard = 1
    var borders: [(begin: Int, end: Int)]
    var dataFormat = DataFormat.channelsLast
}
