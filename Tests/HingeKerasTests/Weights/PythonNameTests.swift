import Testing

@testable import HingeKeras

@Suite struct PythonNameTests {
    /// The names of groups in files that Keras 3.15 wrote.
    @Test(arguments: [
        ("Conv2D", "conv2d"), ("Conv2DTranspose", "conv2d_transpose"),
        ("ConvLSTM2D", "conv_lstm2d"),
        ("ReLU", "re_lu"), ("LeakyReLU", "leaky_re_lu"), ("PReLU", "p_re_lu"), ("ELU", "elu"),
        ("LSTM", "lstm"), ("RMSNormalization", "rms_normalization"),
        ("UpSampling2D", "up_sampling2d"), ("STFTSpectrogram", "stft_spectrogram"),
        ("TFSMLayer", "tfsm_layer"), ("MaxPooling2D", "max_pooling2d"), ("Dense", "dense"),
        ("GroupQueryAttention", "grouped_query_attention"), ("SimpleRNN", "simple_rnn"),
    ])
    func isSnakeCase(_ className: String, _ expected: String) {
        #expect(PythonName.snakeCase(className) == expected)
    }
}
