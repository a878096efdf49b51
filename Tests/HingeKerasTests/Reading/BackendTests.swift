import HingeGraph
import Testing

@testable import HingeKeras

@Suite struct BackendTests {
    private let warning =
        "the file doesn't say which backend wrote it, which the layer 'convolution2d_1' depends "
        + "on; TensorFlow is assumed (for Theano, whose kernels are mirrored: --backend theano)"

    /// Keras 1 doesn't note the backend, on which its convolutions depend.
    @Test func warnsWhenTheBackendIsGuessed() throws {
        #expect(try Fixtures.model("keras/k1_seq_tf.h5").warnings == [warning])
    }

    @Test(arguments: ["theano", "tensorflow"])
    func saysNothingWhenTheBackendIsGiven(_ backend: String) throws {
        #expect(try Fixtures.model("keras/k1_seq_tf.h5", backend: backend).warnings.isEmpty)
    }

    /// Recurrent layers are the same in every backend; newer files say which it was.
    @Test(arguments: ["keras/k1_rnn.h5", "keras/k224_seq.h5", "keras/k315_seq.h5"])
    func saysNothingWhenItDoesNotMatter(_ path: String) throws {
        #expect(try Fixtures.model(path).warnings.isEmpty)
    }
}
