/// The spatial axes of `[N, height, width, C]` without their borders, N the batch and C the
/// channels.
///
/// Source: Keras `Cropping2D(cropping=0)`.
struct Cropping2DLayer: CroppingLayer {
    static let className = "Cropping2D"
    static let spatialRank = 2
    static let standard = 0
    var borders: [(begin: Int, end: Int)]
    var dataFormat = DataFormat.channelsLast
}
